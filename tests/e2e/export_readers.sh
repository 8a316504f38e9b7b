#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Readers of others read exports as they were written: hyparquet and DuckDB
# the Parquet, ajv the rows by their schema, datapackage (Frictionless Data)
# the tables.  They are packages of npm, installed once below the build
# directory; the test is skipped where they cannot be had.
. "$SOURCE/tests/e2e/lib/common.sh"
skip() {
    echo "$test_name: skipped, $1"
    exit 77
}
command -v node >/dev/null || skip "there is no node"
command -v npm >/dev/null || skip "there is no npm"
mkdir -p "$READERS"
exec 9>"$READERS/lock"
flock 9
if ! cmp -s "$SOURCE/tests/readers/package.json" "$READERS/installed"; then
    cp "$SOURCE/tests/readers/package.json" "$READERS"
    (cd "$READERS" && npm install --ignore-scripts --no-audit --no-fund) \
        >"$READERS/log" 2>&1 ||
        skip "npm cannot install: $(tail -n 1 "$READERS/log")"
    cp "$SOURCE/tests/readers/package.json" "$READERS/installed"
fi
exec 9>&-
modules=$READERS/node_modules
ln -s "$modules" "$dir/node_modules"
dl ingest -q "$FIXTURES"/news-*
dl export -o "$dir/rows.jsonl"
dl export -f parquet -o "$dir/rows.parquet"
dl export -f csv --split-by lang -o "$dir/tables/"
cat >"$dir/read.mjs" <<'END'
import fs from 'node:fs';
import { createRequire } from 'node:module';
const here = process.argv[2], require = createRequire(here + '/read.mjs');
const rows = fs.readFileSync(here + '/rows.jsonl', 'utf8').trim().split('\n').map(l => JSON.parse(l));
let wrong = 0;
const check = (ok, ...what) => { if (!ok && wrong++ < 10) console.error(...what); };

const { asyncBufferFromFile, parquetReadObjects } = await import('hyparquet');
const { compressors } = await import('hyparquet-compressors');
const file = await asyncBufferFromFile(here + '/rows.parquet');
const read = await parquetReadObjects({ file, compressors });
check(read.length === rows.length && rows.length > 20, 'hyparquet:', read.length, 'rows');
const plain = v => v instanceof Date ? v.toISOString().replace('.000Z', 'Z') : typeof v === 'bigint' ? Number(v) : v ?? null;
rows.forEach((row, i) => Object.entries(row).forEach(([k, v]) =>
  check(JSON.stringify(plain(read[i][k])) === JSON.stringify(v), 'hyparquet:', k, read[i][k], v)));

const { DuckDBInstance } = await import('@duckdb/node-api');
const db = await (await DuckDBInstance.create(':memory:')).connect();
const ask = async q => (await db.runAndReadAll(q)).getRows().map(r => r.map(String));
const sums = f => `select count(*), count(distinct text_hash), epoch(min(captured)), epoch(max(captured)), sum(words), sum(len(authors)), sum(len(tags)), count(published_raw), sum(length(text)), sum(archive_offset) from ${f}`;
const a = await ask(sums(`'${here}/rows.parquet'`)), b = await ask(sums(`read_json('${here}/rows.jsonl', maximum_object_size=100000000)`));
check(JSON.stringify(a) === JSON.stringify(b), 'DuckDB:', a, b);
for (const site of new Set(rows.map(r => r.domain))) {
  const [[n]] = await ask(`select count(*) from '${here}/rows.parquet' where domain = '${site}'`);
  check(Number(n) === rows.filter(r => r.domain === site).length, 'DuckDB: statistics hide rows of', site);
}

const Ajv = require('ajv/dist/2020'), ajv = new Ajv({ strict: true, allowUnionTypes: true });
require('ajv-formats')(ajv);
const valid = ajv.compile(JSON.parse(fs.readFileSync(here + '/tables/schema.json')));
for (const row of rows) check(valid(row), 'ajv:', valid.errors);

const { Package } = require('datapackage');
const pack = await Package.load(here + '/tables/datapackage.json');
check(pack.valid, 'datapackage:', pack.errors.map(String));
let total = 0;
for (const r of pack.resources) {
  const cast = await r.read({ keyed: true }).catch(e => check(false, 'datapackage:', r.name, String(e), (e.errors || []).map(String)));
  total += cast ? cast.length : 0;
}
check(total === rows.length, 'datapackage:', total, 'rows');
process.exit(wrong ? 1 : 0);
END
(cd "$dir" && node read.mjs "$dir") || die "see above"
echo "$test_name: all good"
