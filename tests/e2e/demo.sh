#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The demo shows every stage, from any directory, again and again, and leaves
# nothing behind but what it is told to keep.
. "$SOURCE/tests/e2e/lib/common.sh"
unset DATELINE_STORE
mkdir "$dir/tmp" "$dir/elsewhere"
export TMPDIR="$dir/tmp"
cd "$dir/elsewhere"

exits 0 "$SOURCE/tools/demo" --with "$DATELINE"
cp "$dir/out" "$dir/first"
exits 0 "$SOURCE/tools/demo" --with "$DATELINE" --keep kept
[ -e kept/manifest.mdb ] || die "--keep keeps no store"
exits 0 "$SOURCE/tools/demo" --with "$DATELINE" --keep kept
[ -z "$(ls "$dir/tmp")" ] || die "it leaves $(ls "$dir/tmp") behind"
exits 2 "$SOURCE/tools/demo" --no-such-option

py <<'END'
said = text("first")
for n, stage in enumerate(("Ingest", "Look up", "Trace", "Show", "Export"), 2):
    check("\n%d. %s" % (n, stage) in said, "no stage", n, stage)
check("nothing new: 5 files" in said, "the second ingestion is not shown to do nothing")
for title in expected["edited"]["titles"]:
    check(title in said, "the look-up does not show:", title)
for p in expected["events"]["boat"]["pages"]:
    check(p["relation"] not in ("origin", "verbatim", "abridged") or p["url"] in said, "the trace lacks", p["url"])
check(said.count('{"url":"') > 5, "the export shows no articles")
check(max(map(len, said.splitlines())) < 1000, "a line is very long")
END
echo "$test_name: all good"
