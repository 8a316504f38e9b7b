#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# find: captures by what they and their articles are, all conditions together.
. "$SOURCE/tests/e2e/lib/common.sh"
dl ingest -q "$FIXTURES"/news-*
dl export >"$dir/all"
hash=$(grep boat-ossby-5512466 "$dir/all" | sed 's/.*"text_hash":"sha256:\([0-9a-f]*\)".*/\1/')
digest=$(python3 -c '
import json, os
e = json.load(open(os.environ["FIXTURES"] + "/expected.json", encoding="utf-8"))
print(next(c["digest"] for c in e["captures"] if c["kind"] == "revisit"))')

dl find --format jsonl --lang de >"$dir/german"
dl find --format jsonl --site old-lantern.example --from 2025-03-04 >"$dir/lantern"
dl find --format jsonl --type liveblog >"$dir/live"
dl find --format jsonl --text "$hash" >"$dir/text"
dl find --format jsonl --digest "$digest" >"$dir/digest"
dl find --format jsonl --limit 2 --lang en >"$dir/two"
dl find --lang de >"$dir/table"
exits 1 "$DATELINE" find --lang de --site old-lantern.example
dl find --format jsonl >"$dir/every"
exits 2 "$DATELINE" find --digest nonsense

py <<'END'
def urls(name):
    return {(c["url"], c["timestamp"]) for c in lines(name)}
def of(condition):
    return {(u, stamp(t)) for u, p in pages.items() if condition(p) for t in p["captures"]}
check(urls("german") == of(lambda p: p["language"] == "de"), "--lang:", urls("german"))
check({u for u, _ in urls("lantern")} == {u for u, p in pages.items() if p["outlet"] == "lantern" and "030325" not in u}, "--site --from:", urls("lantern"))
check({u for u, _ in urls("live")} == {u for u in pages if "/live/" in u}, "--type:", urls("live"))
check({u for u, _ in urls("text")} == {u for u in pages if "boat-ossby-5512466" in u}, "--text:", urls("text"))
check(len(lines("digest")) == 2 and len({c["digest"] for c in lines("digest")}) == 1, "--digest:", lines("digest"))
check(len(lines("every")) == len(expected["captures"]), "without a condition:", len(lines("every")))
check(len(lines("two")) == 2, "--limit:", len(lines("two")))
check(len(text("table").splitlines()) == 3, "table:", text("table"))
END
echo "$test_name: all good"
