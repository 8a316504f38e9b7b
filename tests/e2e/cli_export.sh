#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# export: every article once a capture, its text whole and nothing else in it,
# filters that filter.
. "$SOURCE/tests/e2e/lib/common.sh"
dl ingest -q "$FIXTURES"/news-*
dl export --format jsonl >"$dir/all"
dl export --lang de >"$dir/de"
dl export --from 2025-03-05 --to 2025-03-06 >"$dir/days"
dl export --published-from 2025-03-04 --published-to 2025-03-04 >"$dir/published"
dl export --site old-lantern.example --site nordblatt.example >"$dir/sites"
dl export --dedupe text >"$dir/texts"
dl export --limit 3 >"$dir/three"
dl export --output "$dir/file.jsonl"
cmp -s "$dir/all" "$dir/file.jsonl" || die "--output writes something else"
exits 1 "$DATELINE" export --site nowhere.example
[ ! -s "$dir/out" ] || die "nothing was to be found"
exits 2 "$DATELINE" export --format nonsense

py <<'END'
import re
def plain(s):
    return re.sub(r"\W+", " ", s).strip().lower()

rows = lines("all")
articles = {}
for r in rows:
    articles.setdefault(r["url"], []).append(r)
for url, page in pages.items():
    if url not in articles:
        wrong.append("no article of " + url)
        continue
    row = articles[url][0]
    if page["outlet"] != "cityvoice" or "live" not in url.split("/"):
        body = plain(row["text"])
        for p in page["paragraphs"]:
            if url != expected["edited"]["url"]:
                check(plain(p) in body, url, "lacks:", p[:60])
        for other in page["others"]:
            check(plain(other) not in body, url, "carries another story:", other[:60])
        for noise in ("Advertisement", "Sign in", "AI features", "minutes ago", "Leave a Reply", "newsletter"):
            check(plain(noise) not in body, url, "carries:", noise)
    check(row["title"] == page["title"] or url == expected["edited"]["url"], url, "title:", row["title"])
    check((row["published"] or "")[:10] == page["published"], url, "published:", row["published"], "not", page["published"])
    check(row["lang"] == page["language"], url, "lang:", row["lang"])
nothing = [u for u in articles if u.endswith(("robots.txt", "old-harbour-plans", ".css", ".png", ".gif", "/bridge"))]
check(not nothing, "articles where there are none:", nothing)

def some(condition):
    return sorted((r["url"], r["archive_offset"]) for r in rows if condition(r))
def got(name):
    return sorted((r["url"], r["archive_offset"]) for r in lines(name))
check(got("de") == some(lambda r: r["lang"] == "de") != [], "--lang de:", got("de"))
check(got("days") == some(lambda r: stamp(r["captured"])[:8] in ("20250305", "20250306")) != [], "--from --to:", len(got("days")))
check(got("published") == some(lambda r: (r["published"] or "")[:10] == "2025-03-04") != [], "--published:", len(got("published")))
check(got("sites") == some(lambda r: r["domain"] in ("old-lantern.example", "nordblatt.example")) != [], "--site:", len(got("sites")))
check(len(lines("three")) == 3, "--limit 3:", len(lines("three")))
hashes = [r["text_hash"] for r in lines("texts")]
check(len(hashes) == len(set(hashes)), "--dedupe text gives a text twice")
check(set(hashes) == {r["text_hash"] for r in rows}, "--dedupe text loses a text")
END

# A pipe is written to, not replaced by a file.
mkfifo "$dir/pipe"
cat "$dir/pipe" >"$dir/piped" &
exits 0 "$DATELINE" export --output "$dir/pipe"
wait
[ -p "$dir/pipe" ] || die "--output has replaced a pipe"
dl export >"$dir/direct"
cmp -s "$dir/piped" "$dir/direct" || die "--output to a pipe writes otherwise"
echo "$test_name: all good"
