#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The keeping of a store: stats, verify, compact, merge, relocate, remove.
. "$SOURCE/tests/e2e/lib/common.sh"

dump() { # STORE
    DATELINE_STORE=$1 "$DATELINE" export
    for d in example test; do
        DATELINE_STORE=$1 "$DATELINE" lookup --match domain --format jsonl $d
    done
}

# Each archive in a store of its own, taken in by one; and all of them at once.
# --alone: what one page says of another depends on who is met together.
for n in 1 2 3 4 5; do
    dl ingest -q --alone --store "$dir/part$n" "$FIXTURES"/news-$n*
done
dl ingest -q --alone --store "$dir/whole" "$FIXTURES"/news-*
exits 0 "$DATELINE" merge "$dir/part1" "$dir/part2" "$dir/part3" "$dir/part4" "$dir/part5"
dump "$dir/whole" | sort >"$dir/all"
dump "$DATELINE_STORE" | sort >"$dir/merged"
cmp -s "$dir/all" "$dir/merged" || {
    diff "$dir/all" "$dir/merged" | cut -c 1-300 | head -n 6 >&2
    die "stores merged are not the store of all"
}
exits 0 "$DATELINE" compact --all
dump "$DATELINE_STORE" | sort >"$dir/compacted"
cmp -s "$dir/all" "$dir/compacted" || die "compaction changes an answer"
dl stats --format json >"$dir/stats"
dl stats >"$dir/shown"
exits 0 "$DATELINE" verify --format json
cp "$dir/out" "$dir/sound"

# ---- archives that move ----
mkdir "$dir/here" "$dir/there"
cp "$FIXTURES"/news-2* "$FIXTURES"/news-5* "$dir/here"
dl ingest -q --store "$dir/moving" "$dir/here"
mv "$dir/here"/* "$dir/there"
page=http://www.old-lantern.example/news/030425b.html
story=https://news.onefeed.test/story/7f3a91c2
exits 3 "$DATELINE" show --store "$dir/moving" --html "$page"
exits 0 "$DATELINE" relocate --store "$dir/moving" "$dir/there"
dl show --store "$dir/moving" --html "$page" >"$dir/page"
dl show --store "$dir/moving" --html "$story" >"$dir/story"
grep -q "</HTML>" "$dir/page" || die "the page is not found where it is now"
grep -q "OneFeed" "$dir/story" || die "the story in the WACZ is not found where it is now"
"$DATELINE" relocate --store "$dir/moving" --list >"$dir/list"
grep -q "$dir/there/news-2.warc" "$dir/list" || die "--list does not tell the new place"

# ---- takedowns ----
exits 0 "$DATELINE" remove --who tester --why "asked to" "$page"
exits 1 "$DATELINE" lookup "$page"
exits 0 "$DATELINE" remove --host --why "asked to" harbour-notes.example
exits 1 "$DATELINE" lookup --match host harbour-notes.example
dl ingest -q "$FIXTURES"/news-*
exits 1 "$DATELINE" lookup "$page"
dump "$DATELINE_STORE" >"$dir/removed"
"$DATELINE" remove --list >"$dir/audit"
exits 0 "$DATELINE" compact --all
dump "$DATELINE_STORE" | sort >"$dir/after"
sort "$dir/removed" | cmp -s - "$dir/after" || die "compaction changes what is left after a takedown"
exits 0 "$DATELINE" verify

# ---- damage ----
segment=$(find "$dir/moving/segments" -name '*.seg' | head -n 1)
python3 - "$segment" <<'END'
import sys
f = open(sys.argv[1], "r+b")
f.seek(5 * 4096 + 2000)
b = f.read(1)
f.seek(-1, 1)
f.write(bytes([b[0] ^ 0x10]))
END
rc=0
"$DATELINE" verify --store "$dir/moving" >"$dir/findings" 2>&1 || rc=$?
[ "$rc" -eq 1 ] || die "a flipped bit: verify exits with $rc: $(cat "$dir/findings")"

# What works on a store makes none.
exits 4 "$DATELINE" compact --store "$dir/none"
exits 4 "$DATELINE" remove --store "$dir/none" http://a.example/
[ ! -e "$dir/none" ] || die "compact or remove has made a store"

# The name of an archive is damaged: said, not left out.
dl ingest -q --store "$dir/named" "$FIXTURES"/news-2*
python3 - "$dir/named/manifest.mdb" <<'END'
import sys
f = open(sys.argv[1], "r+b")
all = f.read()
f.seek(all.index(b"news-2"))
f.write(b"mews-2")
END
exits 4 "$DATELINE" lookup --store "$dir/named" --format jsonl --match domain \
    example
grep -q checksum "$dir/err" || die "lookup is silent about a damaged name"

py <<'END'
s = json.loads(text("stats"))
check(s["captures"] == len(expected["captures"]), "stats: captures", s["captures"])
check(s["archives"] == 5, "stats: archives", s["archives"])
check(s["months"] == {"2025-03": len(expected["captures"])}, "stats: months", s["months"])
check(s["languages"].get("de") == 2 and s["languages"].get("sr") == 1, "stats: languages", s["languages"])
check("merrow-courier.example" in text("shown"), "stats for people lack a host")
check(json.loads(text("sound"))["findings"] == [], "verify finds", text("sound"))
left = [json.loads(line) for line in text("removed").splitlines()]
check(not [r["url"] for r in left if "harbour-notes" in r["url"] or r["url"].endswith("030425b.html")], "taken down, but there")
check(len([r for r in left if "urlkey" in r]) == sum("harbour-notes" not in c["url"] and not c["url"].endswith("030425b.html") for c in expected["captures"]), "captures left after the takedowns:", len(left))
check("tester" in text("audit") and "asked to" in text("audit"), "audit trail:", text("audit"))
END
echo "$test_name: all good"
