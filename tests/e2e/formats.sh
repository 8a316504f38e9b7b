#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Every member the machine formats have is documented in dateline-formats(5),
# in the section of its command.
. "$SOURCE/tests/e2e/lib/common.sh"
cp "$SOURCE/tools/man/dateline-formats.5" "$dir/page"
mkdir "$dir/pages"
python3 "$SOURCE/tests/e2e/lib/unpack.py" "$FIXTURES" "$dir/pages"

dl extract --format jsonl --explain --list "$dir/pages/list" >"$dir/ARTICLES"
gzip -c "$FIXTURES/news-2.warc" >"$dir/whole.warc.gz"
exits 0 "$DATELINE" ls --format jsonl --digests "$FIXTURES"/*.gz \
    "$dir/whole.warc.gz"
cp "$dir/out" "$dir/RECORDS"
exits 1 "$DATELINE" check --quiet --format jsonl "$FIXTURES/damaged.warc.gz"
cp "$dir/out" "$dir/FINDINGS"

py <<'END'
import re
sections, name = {}, ""
for line in text("page").splitlines():
    if line.startswith(".Sh "):
        name = line[4:]
    if line.startswith((".It Va ", ".Va ")):
        sections.setdefault(name, set()).update(re.findall(r"\b[a-z_]+[a-z0-9_]*\b", line.replace("Va", "")))

def keys(value):
    if isinstance(value, dict):
        for k, v in value.items():
            yield k
            yield from keys(v)
    elif isinstance(value, list):
        for v in value:
            yield from keys(v)

for section in sorted(os.listdir(DIR)):
    if not section.isupper():
        continue
    known = sections.get(section, set())
    found = set(k for row in lines(section) for k in keys(row))
    check(found, "nothing was written for", section)
    check(not found - known, section, "does not document:", " ".join(sorted(found - known)))
    # The other way round: what stands in the list is really written.
    check(not known - found - {"timestamp"}, section, "documents what is not written:", " ".join(sorted(known - found)))
END
echo "$test_name: all good"
