#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# verify EXPORT: what was written agrees; every kind of damage is found, named
# and gives exit status 1.
. "$SOURCE/tests/e2e/lib/common.sh"
mkdir "$dir/archives"
cp "$FIXTURES"/news-* "$dir/archives"
dl ingest -q "$dir"/archives/*
for format in jsonl csv warc wacz wet wat text cdxj zipnum parquet; do
    dl export -f $format -o "$dir/$format/"
    exits 0 "$DATELINE" verify "$dir/$format/"
    tail -n 1 "$dir/out" | grep -q "all agrees" || die "$format: $(cat "$dir/out")"
done
dl export >"$dir/all"
rows=$(wc -l <"$dir/all")
dl export --bagit --split-by lang --compress zstd -o "$dir/bag"/
exits 0 "$DATELINE" verify "$dir/bag"
grep -q " $rows rows" "$dir/out" || die "the rows were not read: $(cat "$dir/out")"
for name in a.jsonl a.jsonl.gz a.jsonl.zst; do
    dl export -o "$dir/$name"
    exits 0 "$DATELINE" verify --sample 5 "$dir/$name"
    grep -q " 5 rows" "$dir/out" || die "--sample: $(cat "$dir/out")"
done
dl export -f csv -o "$dir/a.csv"
exits 0 "$DATELINE" verify "$dir/a.csv"
exits 0 "$DATELINE" verify --format json "$dir/a.csv"
cp "$dir/out" "$dir/json"
dl export -f warc -o "$dir/a.warc.gz"
exits 0 "$DATELINE" verify "$dir/a.warc.gz"

# bad WHAT WORDS: verify finds it.
bad() {
    exits 1 "$DATELINE" verify "$1"
    grep "BAD" "$dir/out" | grep -q "$2" || die "$1: not '$2': $(cat "$dir/out")"
}
exits 3 "$DATELINE" verify "$dir/nothing.jsonl"
mkdir "$dir/empty"
exits 3 "$DATELINE" verify "$dir/empty"

# A file that changed, is lost, came.
cp -r "$dir/jsonl" "$dir/changed" && echo >>"$dir/changed/README.md"
bad "$dir/changed" "README.md: is not what was written"
cp -r "$dir/jsonl" "$dir/lost" && rm "$dir/lost/schema.json"
bad "$dir/lost" "schema.json: cannot be read"
cp -r "$dir/jsonl" "$dir/more" && : >"$dir/more/data/more"
bad "$dir/more" "data/more: is not of the export"
cp -r "$dir/jsonl" "$dir/up" && sed -i '1s/  .*/  ..\/a.csv/' "$dir/up/SHA256SUMS"
bad "$dir/up" "is no sum and name"

# Rows that tell what their records do not.
sed 's/"text":"/"text":"Another beginning. /' "$dir/a.jsonl" >"$dir/b.jsonl"
bad "$dir/b.jsonl" "does not have the hash of its row"
sed 's/"payload_digest":"sha1:./"payload_digest":"sha1:7/' "$dir/a.jsonl" >"$dir/c.jsonl"
bad "$dir/c.jsonl" "another digest"
sed 's/"captured":"2025/"captured":"2024/' "$dir/a.jsonl" >"$dir/d.jsonl"
bad "$dir/d.jsonl" "another record stands"
sed 's/^{/[/' "$dir/a.jsonl" >"$dir/e.jsonl"
bad "$dir/e.jsonl" "is no JSON"
sed 's/sha256:[0-9a-f]\{8\}/sha256:00000000/' "$dir/a.csv" >"$dir/b.csv"
bad "$dir/b.csv" "does not have the hash"
head -c 5000 "$dir/a.jsonl.gz" >"$dir/cut.jsonl.gz"
exits 1 "$DATELINE" verify "$dir/cut.jsonl.gz"
head -c 5000 "$dir/a.jsonl.zst" >"$dir/cut.jsonl.zst"
exits 1 "$DATELINE" verify "$dir/cut.jsonl.zst"

# Records.
python3 - "$dir/a.warc.gz" "$dir/b.warc.gz" <<'END'
import gzip, sys
data = gzip.open(sys.argv[1]).read()
at = data.index(b"User-agent", data.index(b"robots.txt"))
open(sys.argv[2], "wb").write(gzip.compress(data[:at] + b"X" + data[at + 1:]))
END
bad "$dir/b.warc.gz" "digest it declares"

# The archives are not what they were.
sed 's/the/teh/g' "$FIXTURES/news-2.warc" >"$dir/archives/news-2.warc"
bad "$dir/jsonl" "does not have the digest it declares"
grep -q "the record gives another text" "$dir/out" || die "texts of records"
rm "$dir/archives/news-4.arc.gz"
bad "$dir/csv" "row .*news-4.arc.gz\|its archive"
py <<'END'
j = json.loads(text("json"))
n = len(lines("all"))
check(j["files"] == 1 and j["rows"] == n and j["texts"] == n > 20 and j["count"] == 0, j["rows"], j["count"])
check(len(j["checks"]) == n and all(c["good"] for c in j["checks"]), "checks")
END
echo "$test_name: all good"
