#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What looks after a store: stats, compact, merge, relocate, remove, find and
# verify, on the fixtures and on an index of CDX lines.
. "$SOURCE/tests/e2e/lib/common.sh"

mkdir "$dir/archives"
cp "$FIXTURES"/news-* "$dir/archives"
dl ingest -q "$dir/archives"
all=$(dl lookup --match domain --format jsonl example | wc -l)
[ "$all" -gt 10 ] || die "there are $all captures"

# Everything is sound, down to the records.
dl verify --records --format json >"$dir/verified"
py <<'END'
v = json.loads(text("verified"))
check(v["findings"] == [] and v["opened"], "findings:", v["findings"])
check(v["captures"] > 10 and v["articles"] > 10, "verified:", v)
check(v["records_read"] == v["captures"], "records read:", v["records_read"])
check(v["digests_matched"] > 10, "digests matched:", v["digests_matched"])
END
dl stats --format json >"$dir/stats"
py <<'END'
s = json.loads(text("stats"))
check(s["captures"] == sum(s["months"].values()), "months:", s["months"])
check(s["articles"] == sum(s["languages"].values()), "languages:", s["languages"])
check(s["archives"] == 5, "archives:", s["archives"])
END
dl stats | grep -q '#####' || die "no histogram is drawn"

# Compaction changes no answer.
dl lookup --match domain --format jsonl example >"$dir/before"
dl export --format jsonl | sort >"$dir/articles"
dl compact --all >/dev/null
dl lookup --match domain --format jsonl example >"$dir/after"
cmp -s "$dir/before" "$dir/after" || die "compaction changed an answer"
dl export --format jsonl | sort | cmp -s - "$dir/articles" ||
    die "compaction changed an article"

# An index of the same archives adds what was not ingested, and nothing twice.
cat >"$dir/made.cdx" <<'END'
 CDX N b a m s k r M S V g
org,elsewhere)/ 20200101000000 http://elsewhere.org/ text/html 200 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA - - 100 0 gone.warc.gz
END
dl import "$dir/made.cdx" >/dev/null
dl lookup --format jsonl http://elsewhere.org/ | grep -q gone.warc.gz ||
    die "an imported capture is not found"
exits 0 "$DATELINE" import "$dir/made.cdx"
grep -q "imported before" "$dir/err" || die "imported twice"

# Archives that moved are found again by their bytes, whatever their names.
mkdir "$dir/moved"
for f in "$dir"/archives/*; do mv "$f" "$dir/moved/x-${f##*/}"; done
exits 0 "$DATELINE" relocate --list --missing
[ "$(wc -l <"$dir/out")" -ge 5 ] || die "missing archives: $(cat "$dir/out")"
dl relocate "$dir/moved" >"$dir/relocated"
[ "$(wc -l <"$dir/relocated")" -eq 5 ] || die "moved: $(cat "$dir/relocated")"
exits 1 "$DATELINE" verify --records --format json
cp "$dir/out" "$dir/verified"
py <<'END'
v = json.loads(text("verified"))
check([f["file"] for f in v["findings"]] == ["gone.warc.gz"], "findings:", v["findings"])
END

# Another store comes in; what both know stays one.
DATELINE_STORE="$dir/other" dl ingest -q "$dir/moved"
dl merge "$dir/other" >/dev/null
[ "$(dl lookup --match domain --format jsonl example | wc -l)" -eq "$all" ] ||
    die "merging tells captures twice"

# Taken down: gone from look-ups, articles and searches, and from the bytes.
dl find --site merrow-courier.example --format jsonl >"$dir/found"
[ -s "$dir/found" ] || die "find finds no article of a site"
dl remove --domain merrow-courier.example --who tester --why "a test" >/dev/null
exits 1 "$DATELINE" lookup --match domain merrow-courier.example
exits 1 "$DATELINE" find --site merrow-courier.example
dl export --format jsonl | grep -q '"https://www.merrow-courier.example/' &&
    die "export gives what was taken down"
dl remove --list | grep -q "tester" || die "no audit trail"
dl compact --all >/dev/null
grep -rq "merrow-courier)/" "$DATELINE_STORE/segments" &&
    die "its bytes are still there"
dl verify >/dev/null

# A flipped bit is found, and no answer is wrong.
segment=$(find "$DATELINE_STORE/segments" -name '*.seg' | head -n 1)
python3 - "$segment" <<'END'
import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(3 * 4096 + 100)
    byte = f.read(1)[0]
    f.seek(-1, 1)
    f.write(bytes([byte ^ 4]))
END
exits 1 "$DATELINE" verify
grep -q "page" "$dir/out" || die "verify says: $(cat "$dir/out")"
