#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# import: captures out of an index, found like others; ingest fills in their
# articles and doubles none.
. "$SOURCE/tests/e2e/lib/common.sh"
dl cdxj --sort "$FIXTURES"/news-[1-4]* >"$dir/index.cdxj"
dl cdxj --sort --format cdx11 "$FIXTURES"/news-[1-4]* >"$dir/index.cdx"
page=https://www.merrow-courier.example/city/halden-bridge-shut

for index in index.cdxj index.cdx; do
    export DATELINE_STORE="$dir/store.$index"
    exits 0 "$DATELINE" import --warcs "$FIXTURES" "$dir/$index"
    dl lookup --match domain --format jsonl merrow-courier.example >"$dir/imported.$index"
    exits 0 "$DATELINE" import --warcs "$FIXTURES" "$dir/$index"
    dl lookup --match domain --format jsonl merrow-courier.example >"$dir/twice"
    cmp -s "$dir/imported.$index" "$dir/twice" || die "the second import of $index did something"
    # The record is read where the index says it is.
    dl show --html --at 20250304100005 "$page" >"$dir/page"
    grep -q "Halden Bridge shut for weeks" "$dir/page" || die "$index: the page is not shown"
    exits 1 "$DATELINE" trace "Halden Bridge shut for weeks as crack is found in girder"
    dl ingest -q "$FIXTURES"/news-*
    dl lookup --match domain --format jsonl merrow-courier.example >"$dir/ingested.$index"
    dl trace --format jsonl "Halden Bridge shut for weeks as crack is found in girder" >"$dir/traced"
done
export DATELINE_STORE="$dir/fresh"
dl ingest -q "$FIXTURES"/news-*
dl lookup --match domain --format jsonl merrow-courier.example >"$dir/plain"

py <<'END'
def places(name):
    return sorted((c["url"], c["timestamp"], os.path.basename(c["filename"]), c["offset"]) for c in lines(name))
for index in ("index.cdxj", "index.cdx"):
    check(places("imported." + index) == places("plain"), index, "imports other captures:", set(places("plain")) ^ set(places("imported." + index)))
    check(places("ingested." + index) == places("plain"), index, "after ingest:", len(places("ingested." + index)), "captures, not", len(places("plain")))
    check([c["title"] for c in lines("ingested." + index)] == [c["title"] for c in lines("plain")], index, "titles after ingest")
END
exits 3 "$DATELINE" import "$dir/no-such.cdxj"
echo "$test_name: all good"
