#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# stories: copies of one text stand together, different events never do, and
# the order of ingestion does not matter.
. "$SOURCE/tests/e2e/lib/common.sh"
dl ingest -q "$FIXTURES"/news-*
dl stories --format jsonl >"$dir/all"
dl stories --format table >"$dir/table"
dl stories --format jsonl --min-size 3 >"$dir/large"
dl stories --format jsonl --from 2025-03-06 >"$dir/late"
dl ingest -q --store "$dir/other" "$FIXTURES"/news-5* "$FIXTURES"/news-4* \
    "$FIXTURES"/news-3* "$FIXTURES"/news-2* "$FIXTURES"/news-1*
dl stories --store "$dir/other" --format jsonl >"$dir/shuffled"

py <<'END'
rows = lines("all")
of = {}
for r in rows:
    events = {pages[c["url"]]["event"] for c in r["captures"] if c["url"] in pages}
    check(len(events) <= 1, "a story of several events:", events, r["story"])
    times = [c["time"] for c in r["captures"]]
    check(r["size"] == len(times), r["story"], "size", r["size"], "but", len(times), "captures")
    for c in r["captures"]:
        of.setdefault(c["url"], r["story"])
for name, event in expected["events"].items():
    origin = next(p["url"] for p in event["pages"] if p["relation"] == "origin")
    for p in event["pages"]:
        if p["relation"] == "verbatim":
            check(of.get(p["url"]) == of.get(origin) is not None, name, "does not hold its copy", p["url"])
# People are shown what was told more than once.
check(len(text("table").splitlines()) == sum(r["size"] > 1 for r in rows) + 1, "table rows:", len(text("table").splitlines()))
check({r["story"] for r in lines("large")} == {r["story"] for r in rows if r["size"] >= 3}, "--min-size")
check(all(c["time"] >= "20250306" for r in lines("late") for c in r["captures"]), "--from")
def groups(name):
    return sorted(sorted((c["url"], c["time"]) for c in r["captures"]) for r in lines(name))
check(groups("all") == groups("shuffled"), "in another order the stories are others")
check({r["story"] for r in rows} == {r["story"] for r in lines("shuffled")}, "in another order the ids are others")
END
echo "$test_name: all good"
