#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# cat: the bytes of a record as stored, its payload as digested, its page as
# read; recompress: the same records in another packing.
. "$SOURCE/tests/e2e/lib/common.sh"

# Each capture by its place, as ls gives it.
exits 0 "$DATELINE" ls --format jsonl --type response "$FIXTURES"/news-*
cp "$dir/out" "$dir/rows"
python3 -c '
import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    r = json.loads(line)
    print(r["offset"], r["file"], r["uri"], r["date"], sep="\t")' "$dir/rows" \
    >"$dir/places"
mkdir "$dir/payload" "$dir/decoded"
n=0
tab=$(printf '\t')
while IFS=$tab read -r offset file uri _; do
    n=$((n + 1))
    "$DATELINE" cat --part payload --offset "$offset" "$file" \
        >"$dir/payload/$n" || die "cat --offset $offset $file ($uri) fails"
    "$DATELINE" cat --part payload --decode --offset "$offset" "$file" \
        >"$dir/decoded/$n" || die "cat --decode $offset $file ($uri) fails"
done <"$dir/places"

url=https://www.merrow-courier.example/region/tolva-bursts-its-banks
dl cat --part headers --exact-url "$url" "$FIXTURES/news-1.warc.gz" >"$dir/headers"
dl cat --part block --exact-url "$url" "$FIXTURES/news-1.warc.gz" >"$dir/block"
dl cat --all --type response "$FIXTURES/news-2.warc" >"$dir/records"
exits 1 "$DATELINE" cat --exact-url https://nowhere.example/ "$FIXTURES/news-2.warc"

# A place where no record begins has none.
for at in 5 99999999; do
    rc=0
    "$DATELINE" cat --offset "$at" "$FIXTURES/news-1.warc.gz" >"$dir/out" 2>"$dir/err" || rc=$?
    [ "$rc" -ne 0 ] && [ ! -s "$dir/out" ] || die "at byte $at it finds: $(head -n 3 "$dir/out")"
    grep -q "no .* $at\|bytes $at" "$dir/err" || die "byte $at: $(cat "$dir/err")"
done

# ---- recompress ----
for to in warc.gz warc.zst warc; do
    dl recompress -o "$dir/again.$to" "$FIXTURES/news-3.warc.zst" "$FIXTURES/news-2.warc" >"$dir/said"
    dl cat --all "$dir/again.$to" >"$dir/again"
    dl cat --all "$FIXTURES/news-3.warc.zst" "$FIXTURES/news-2.warc" >"$dir/before"
    cmp "$dir/before" "$dir/again" || die "as $to the records are others"
done
gzip -c "$FIXTURES/news-2.warc" >"$dir/whole.warc.gz"
dl recompress -o "$dir/fixed.warc.gz" "$dir/whole.warc.gz" >"$dir/said"
dl ls --format jsonl "$dir/fixed.warc.gz" >"$dir/fixed"
exits 3 "$DATELINE" recompress -o "$dir/salvaged.warc.gz" "$FIXTURES/damaged.warc.gz"
[ ! -e "$dir/salvaged.warc.gz" ] || die "a damaged input left an output"
exits 1 "$DATELINE" recompress --salvage -o "$dir/salvaged.warc.gz" "$FIXTURES/damaged.warc.gz"
dl ls --format jsonl "$dir/salvaged.warc.gz" >"$dir/salvaged"

py <<'END'
import base64, hashlib, html
def data(name):
    return open(os.path.join(DIR, name), "rb").read()
def sha1(b):
    return "sha1:" + base64.b32encode(hashlib.sha1(b).digest()).decode()

by = {(c["url"], c["time"]): c for c in expected["captures"]}
rows = lines("rows")
for n, r in enumerate(rows, 1):
    c = by[r["uri"], r["date"]]
    check(sha1(data("payload/%d" % n)) == c["digest"], r["uri"], "payload is not the one digested")
    page = pages.get(r["uri"])
    if page and r["uri"] != expected["edited"]["url"]:
        latin = page["outlet"] in ("lantern", "nordblatt")
        body = data("decoded/%d" % n).decode("latin-1" if latin else "utf-8")
        check(page["title"] in html.unescape(body), r["uri"], "decoded page lacks its title")
        check(body.rstrip().lower().endswith("</html>"), r["uri"], "decoded page is cut")
check(len(rows) > 35, "records:", len(rows))
check(data("headers").startswith(b"WARC/1.1\r\n") and b"HTTP/1.1 200 OK" in data("headers") + data("block"), "headers:", data("headers")[:60])
check(data("block").startswith(b"HTTP/1.1 200 OK\r\n"), "block:", data("block")[:60])
check(data("records").count(b"WARC/1.0\r\n") == 9, "records of a file:", data("records").count(b"WARC/1.0\r\n"))
check(len(lines("fixed")) == sum(expected["files"]["news-2.warc"].values()), "whole-file gzip, fixed:", len(lines("fixed")))
check(not any("inner" in r for r in lines("fixed")), "still one member for several records")
check(len(lines("salvaged")) == 4, "salvaged:", len(lines("salvaged")))
END
echo "$test_name: all good"
