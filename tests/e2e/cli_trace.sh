#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# trace: a story is found wherever it was printed, as what it is, oldest
# first, with the bytes that prove it; and nothing else is.
. "$SOURCE/tests/e2e/lib/common.sh"
dl ingest -q "$FIXTURES"/news-*

# The first telling of each event, by its URL.
python3 -c '
import json, os
e = json.load(open(os.environ["FIXTURES"] + "/expected.json", encoding="utf-8"))
for name, event in e["events"].items():
    print(name, next(p["url"] for p in event["pages"] if p["relation"] == "origin"))
' >"$dir/origins"
while read -r event url; do
    dl trace --format jsonl "$url" >"$dir/of_$event"
done <"$dir/origins"

headline="Peat cutters in Ossby uncover oak boat thought to be 3,000 years old"
sentence="A helicopter with a thermal camera was searching the fields until darkness fell."
paragraph="Halden Bridge opened in 1967 and was last strengthened eleven years ago at a cost of 62 million crowns. A report to the city council in October had rated its condition as \"fair\" and recommended that the survey now under way be brought forward."
dl trace --format jsonl "$headline" >"$dir/headline"
dl trace --format jsonl "$sentence" >"$dir/sentence"
dl trace --format jsonl "$paragraph" >"$dir/paragraph"
printf '%s\n' "$paragraph" >"$dir/text.txt"
dl trace --format jsonl "$dir/text.txt" >"$dir/file"
exits 0 "$DATELINE" trace --format jsonl - <"$dir/text.txt"
cmp -s "$dir/out" "$dir/file" || die "a file and a pipe are answered differently"
dl trace "$paragraph" >"$dir/table"
dl trace --format json "$paragraph" >"$dir/json"
dl trace --format csv "$paragraph" >"$dir/csv"
dl trace --limit 2 --format jsonl "$paragraph" >"$dir/two"
hash=$(sed -n 's/.*"text_hash":"sha256:\([0-9a-f]*\)".*/\1/p' "$dir/of_boat" | head -n 1)
dl trace --format jsonl "sha256:$hash" >"$dir/hash"
{
    printf '{"qid":"here","text":"%s"}\n' "$sentence"
    printf '{"qid":"nowhere","text":"%s"}\n' "Nobody on the mountain had ever seen so many purple umbrellas opened at once, the baker told us."
} >"$dir/queries"
dl trace --batch "$dir/queries" --format jsonl >"$dir/batch"

exits 1 "$DATELINE" trace "Nobody on the mountain had ever seen so many purple umbrellas opened at once, the baker told us."
[ -s "$dir/err" ] || die "finding nothing is not said"
exits 1 "$DATELINE" trace https://nowhere.example/
exits 2 "$DATELINE" trace
exits 2 "$DATELINE" trace --format nonsense x
exits 4 "$DATELINE" trace --store "$dir/no-store" "$sentence"

py <<'END'
import csv, io
ok = {
    "origin": {"same-text"},
    "verbatim": {"same-text", "verbatim", "edited"},
    "abridged": {"abridged", "excerpt", "edited"},
    "extended": {"extended", "carries", "edited"},
    "carries": {"same-text", "verbatim", "edited", "carries", "extended"},
}
archives = {}
def proves(r):
    """The record named really begins there."""
    name = r["file"].split("!")[0]
    if name not in archives:
        archives[name] = open(name, "rb").read()
    at = archives[name][r["offset"]:r["offset"] + 4]
    return name.endswith(".wacz") or at[:2] == b"\x1f\x8b" or at in (b"WARC", b"\x28\xb5\x2f\xfd")

for name, event in expected["events"].items():
    rows = lines("of_" + name)
    found = {}
    for r in rows:
        found.setdefault(r["url"], r["relation"])
        check(proves(r), name, "no record at", r["file"], r["offset"])
        p = pages.get(r["url"])
        # OneFeed prints other stories whole; a front page has a bit of each.
        check(p is None or p["event"] == name or p["outlet"] == "onefeed", name, "finds another story:", r["url"], r["relation"])
    for p in event["pages"]:
        if p["relation"] in ok:
            check(found.get(p["url"]) in ok[p["relation"]], name, p["relation"], "comes as", found.get(p["url"]), p["url"])

def urls(name):
    return {r["url"] for r in lines(name)}
def telling(text):
    return {u for u, p in pages.items() if any(text in q for q in p["paragraphs"])}
sentence = "A helicopter with a thermal camera was searching the fields until darkness fell."
check(urls("sentence") >= telling(sentence) != set(), "the sentence is missed at", telling(sentence) - urls("sentence"))
check(all(pages[u]["event"] == "flood" for u in urls("sentence")), "the sentence is found at", urls("sentence"))
check(urls("paragraph") >= telling("last strengthened eleven years ago") != set(), "the paragraph is missed at", telling("last strengthened") - urls("paragraph"))
check(urls("file") == urls("paragraph"), "a file finds other pages than its text")
check({"amp.northwire.example", "www.old-lantern.example"} <= {u.split("/")[2] for u in urls("headline")}, "headline:", urls("headline"))
# Other outlets print the story under headlines of their own.
via = {r["url"]: r.get("via", "") for r in lines("headline") if r["relation"] == "same-story"}
check(any("dailybeacon" in u for u in via), "the story under another headline is missed:", urls("headline"))
check(all(pages[u]["event"] == "boat" for u in via), "another story is taken for that of the headline:", via)
check(set(via.values()) <= {r["url"] for r in lines("headline") if r["relation"] == "headline"}, "via what:", via)
score = {k: [r["score"] for r in lines("headline") if r["relation"] == k] for k in ("headline", "same-story")}
check(max(score["same-story"]) < min(score["headline"]), "a page without the headline ranks before one with it:", score)
check({u for u in urls("hash")} & {u for u, p in pages.items() if p["event"] == "boat"}, "hash:", urls("hash"))
rows = text("table").splitlines()
times = [row[:19] for row in rows[1:] if row[:2] == "20"]
check(len(times) == len(lines("paragraph")) and times == sorted(times), "the table is not oldest first:", times)
check("news-3.warc.zst" in rows[1] and "northwire" in rows[1], "the first appearance is not the agency's:", rows[1])
check(len(list(csv.reader(io.StringIO(text("csv"))))) == len(times) + 1, "CSV rows:", text("csv")[:200])
check(len(lines("two")) == 2, "--limit 2:", len(lines("two")))
json.loads(text("json"))
batch = {r["qid"]: r["results"] for r in lines("batch")}
check({r["url"] for r in batch["here"]} == urls("sentence"), "batch:", batch["here"])
check(batch["nowhere"] == [], "batch finds what is not there:", batch["nowhere"])
END
echo "$test_name: all good"
