#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# ls: every record of every packing, with its place; damage as a row.
. "$SOURCE/tests/e2e/lib/common.sh"
dl ls --format jsonl --digests "$FIXTURES"/news-* >"$dir/all"
dl ls "$FIXTURES"/news-* >"$dir/table"
dl ls --format jsonl --type response,revisit "$FIXTURES"/news-* >"$dir/captures"
dl ls --format jsonl --status 30x,4xx "$FIXTURES"/news-* >"$dir/status"
dl ls --format jsonl --type response --mime 'image/*' "$FIXTURES"/news-* >"$dir/mime"
dl ls --format jsonl --type response --url '*://*.onefeed.test/*' "$FIXTURES"/news-* >"$dir/url"
dl ls --format jsonl --type response --from 2025-03-06 --to 2025-03-06 "$FIXTURES"/news-* >"$dir/time"
exits 0 "$DATELINE" ls --format jsonl - <"$FIXTURES/news-3.warc.zst"
cp "$dir/out" "$dir/piped"
dl ls --format jsonl "$FIXTURES/damaged.warc.gz" >"$dir/damaged"
mkdir "$dir/folder"
cp "$FIXTURES"/news-1* "$FIXTURES/README.md" "$dir/folder"
dl ls --format jsonl "$dir/folder" >"$dir/folder.jsonl"

py <<'END'
rows = lines("all")
def base(r):
    return next(name for name in expected["files"] if name in r["file"])
kinds = {}
for r in rows:
    kind = "warcinfo" if r["type"] == "arc_header" else r["type"]
    kinds.setdefault(base(r), {}).setdefault(kind, 0)
    kinds[base(r)][kind] += 1
check(kinds == expected["files"], "records by file and type:", kinds)
check(not any("damage" in r for r in rows), "damage where there is none")

# Records stand one after the other, without a hole, to the end of the file;
# uncompressed, two line ends follow each and are not counted.
for name in expected["files"]:
    own, end = [r for r in rows if base(r) == name], 0
    for r in own:
        check(r["offset"] == end, name, "record at", r["offset"], "not", end)
        end = r["offset"] + r["length"] + (4 if name.endswith(".warc") else 0)
    if not name.endswith(".wacz"):
        check(end == os.path.getsize(FIXTURES + "/" + name), name, "ends at", end)

wanted = [c for c in expected["captures"]]
def key(r):
    return base(r), r["uri"], r["date"]
def captures(condition):
    return sorted((c["file"], c["url"], c["time"]) for c in wanted if condition(c))
def got(name):
    return sorted(map(key, lines(name)))
check(got("captures") == captures(lambda c: True), "responses and revisits:", len(got("captures")))
check(got("status") == captures(lambda c: c["status"] >= 300), "--status:", got("status"))
check(got("mime") == captures(lambda c: c["mime"].startswith("image/") and c["kind"] == "response"), "--mime:", got("mime"))
check(got("url") == captures(lambda c: "onefeed.test" in c["url"]), "--url:", got("url"))
check(got("time") == captures(lambda c: c["time"].startswith("2025-03-06")), "--from --to:", got("time"))
check(len(lines("piped")) == sum(expected["files"]["news-3.warc.zst"].values()), "from a pipe:", len(lines("piped")))
check(len(lines("folder.jsonl")) == sum(expected["files"]["news-1.warc.gz"].values()), "from a folder:", len(lines("folder.jsonl")))
by = {(c["file"], c["url"], c["time"]): c for c in wanted}
for r in rows:
    c = by.get(key(r))
    if c and r["type"] in ("response", "revisit"):
        check(r["status"] == c["status"], r["uri"], "status", r["status"])
        check(r["mime"] == c["mime"], r["uri"], "mime", r["mime"])
        if r["type"] == "response":
            check(r["computed_payload_digest"] == c["digest"], r["uri"], "computes", r["computed_payload_digest"])
        if not r["file"].endswith(".arc.gz"):
            check(r["payload_digest"] == c["digest"], r["uri"], "digest", r["payload_digest"])
check(text("table").count("https://") > 50, "the table shows no URLs")

d, offsets = lines("damaged"), expected["damaged"]["offsets"]
bad = [r for r in d if r.get("damage")]
check([r["offset"] for r in bad] == [offsets[expected["damaged"]["bad"]]], "damage at", bad)
check([r["offset"] for r in d] == offsets, "records beside the damage:", d)
END
exits 3 "$DATELINE" ls "$dir/no-such.warc.gz"
grep -q no-such.warc.gz "$dir/err" || die "the missing file is not named"
exits 2 "$DATELINE" ls --format nonsense "$FIXTURES"/news-2*
echo "$test_name: all good"
