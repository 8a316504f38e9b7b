#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# dateline-export(5), the JSON Schema, the table and a row have the same fields
# in the same order; the page names every format and option of directories.
. "$SOURCE/tests/e2e/lib/common.sh"
page=$(dirname "$DATELINE")/../man/dateline-export.5
[ -s "$page" ] || die "there is no manual at $page"
cp "$page" "$dir/page"
dl ingest -q "$FIXTURES"/news-2.warc
dl export --limit 1 >"$dir/row"
dl export --schema json >"$dir/schema"
dl export --schema tsv >"$dir/table"
exits 2 "$DATELINE" export --schema nonsense
dl export --help >"$dir/help"
if command -v mandoc >/dev/null; then
    mandoc -T lint -W warning "$page" >"$dir/lint" || die "$(cat "$dir/lint")"
fi
py <<'END'
import re
table = [l.split("\t") for l in text("table").splitlines()]
names = [t[0] for t in table]
check(list(lines("row")[0]) == names, "a row has other fields than the table")
schema = json.loads(text("schema"))
check(list(schema["properties"]) == names, "the schema has other fields")
first = text("page").split(".Sh FORMATS")[0]
check(re.findall(r"^\.It Va (\S+)", first, re.M) == names, "the page has other fields:", re.findall(r"^\.It Va (\S+)", first, re.M))
plain = first.replace("\\-", "-").replace("\\e", "\\")
for name, kind, null, meaning in table:
    check(meaning in plain and meaning.endswith("."), "the page lacks what", name, "means")
    types = schema["properties"][name]["type"]
    check(("null" in types) == (null == "yes"), name, "null")
    check(schema["properties"][name]["description"] == meaning, name, "description")
wanted = re.search(r"Formats: (.*?)\.", text("help"), re.S).group(1)
for f in re.findall(r"jsonl|csv|parquet|text|markdown|warc|wacz|wet|wat|zipnum", wanted):
    check(f".It Cm {f}\n" in text("page"), "the page lacks the format", f)
END
echo "$test_name: all good"
