#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# versions: what a page said when, and what was changed without a word.
. "$SOURCE/tests/e2e/lib/common.sh"
dl ingest -q "$FIXTURES"/news-*
page=https://www.merrow-courier.example/city/halden-bridge-shut
dl versions --format jsonl "$page" >"$dir/all"
dl versions "$page" >"$dir/table"
dl versions --format jsonl --to 2025-03-04 "$page" >"$dir/day"
dl versions --format jsonl https://www.merrow-courier.example/region/tolva-bursts-its-banks >"$dir/same"
exits 1 "$DATELINE" versions https://nowhere.example/
grep -q nowhere.example "$dir/err" || die "finding nothing is not said"

py <<'END'
v, e = lines("all"), expected["edited"]
check([r["title"] for r in v] == e["titles"], "titles:", [r["title"] for r in v])
check([r.get("headline_changed") for r in v[1:]] == [True, False], "headlines changed:", v)
check([r.get("silent") for r in v[1:]] == [True, False], "silent:", v)
check(v[0]["text_hash"] == v[1]["text_hash"] != v[2]["text_hash"], "text hashes")
words = [(x.get("removed"), x.get("added")) for x in v[2]["edits"] if "same" not in x]
check(("three", None) in words and (None, "two") in words, "the corrected word:", words)
check("[-three-] {+two+}" in text("table"), "the table does not show the correction")
check("silently" in text("table"), "the table does not call the headline silent")
check(len(lines("day")) == 2, "--to:", len(lines("day")))
# Captured twice, the second time as a revisit: one version.
check(len(lines("same")) == 1, "the same page is several versions:", lines("same"))
END
echo "$test_name: all good"
