#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# check: finds nothing in sound archives, and each kind of damage where it is.
. "$SOURCE/tests/e2e/lib/common.sh"
exits 0 "$DATELINE" check "$FIXTURES"/news-*
[ ! -s "$dir/out" ] || die "findings in sound archives: $(cat "$dir/out")"

find_in() { # NAME: findings of $dir/NAME.warc into $dir/NAME
    exits 1 "$DATELINE" check --quiet --format jsonl "$dir/$1.warc"
    cp "$dir/out" "$dir/$1"
}
plain=$FIXTURES/news-2.warc
sed 's/Lower Kestrel shortly before noon/Lower Kestrel shortly before moon/' \
    "$plain" >"$dir/altered.warc"
sed 's/^WARC-Record-ID: .*8d/X-Record-ID: 8d/' "$plain" |
    sed '0,/^WARC-Date: 2025-03-04T16:00:00Z/s//WARC-Date: yesterday/' \
        >"$dir/header.warc"
head -c 30000 "$plain" >"$dir/cut.warc"
for name in altered header cut; do
    find_in "$name"
done
exits 1 "$DATELINE" check --quiet --format jsonl "$FIXTURES/damaged.warc.gz"
cp "$dir/out" "$dir/damaged"
exits 3 "$DATELINE" check "$dir/no-such.warc.gz"
grep -q no-such.warc.gz "$dir/err" || die "the missing file is not named"

py <<'END'
def findings(name):
    return [(r["severity"], r["offset"], r["finding"]) for r in lines(name)]
warc = open(FIXTURES + "/news-2.warc", "rb").read()
def record_of(needle):
    return warc.rindex(b"WARC/1.0\r\n", 0, warc.index(needle))

page = {record_of(b"Lower Kestrel shortly before noon"), warc.rindex(b"WARC/1.0\r\n", 0, warc.rindex(b"Lower Kestrel shortly before noon"))}
got = findings("altered")
check({at for _, at, _ in got} == page, "altered pages at", page, "found:", got)
check(all("Digest" in what for _, _, what in got) and {s for s, _, _ in got} == {"error"}, "altered pages:", got)
check(len(got) == 4, "a block and a payload digest of two pages, not:", got)
check(any("yesterday" in what or "WARC-Date" in what for _, _, what in findings("header")), "a bad date is not found:", findings("header"))
check(any(s == "error" for s, _, _ in findings("cut")), "a cut file:", findings("cut"))
bad = expected["damaged"]["offsets"][expected["damaged"]["bad"]]
check([at for _, at, _ in findings("damaged")] == [bad], "damage at", bad, "found:", findings("damaged"))
END
echo "$test_name: all good"
