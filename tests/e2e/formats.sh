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

exits 0 "$DATELINE" ingest --format json "$FIXTURES"/news-*
# The names below by_type and reasons are types and reasons.
sed 's/"by_type":{[^}]*}/"by_type":0/; s/"reasons":{[^}]*}/"reasons":0/' \
    "$dir/out" >"$dir/SUMMARY"
dl lookup --format jsonl https://www.merrow-courier.example/ >"$dir/CAPTURES"
dl find --lang en --format jsonl >>"$dir/CAPTURES"
dl export >"$dir/EXPORTS"
dl versions --format jsonl https://www.merrow-courier.example/city/halden-bridge-shut >"$dir/VERSIONS"
# Names below these are hosts, months, languages, tables.
dl stats --format json | sed 's/{"[^{}]*}/0/g' >"$dir/STATISTICS"
exits 0 "$DATELINE" verify --format json
cp "$dir/out" "$dir/VERIFICATION"
flood=https://www.merrow-courier.example/region/tolva-bursts-its-banks
dl cite --format json --wacz "$dir/proof.wacz" "$flood" >"$dir/EVIDENCE"
dl cite --format json --trace "https://www.merrow-courier.example/region/tolva-bursts-its-banks" |
    sed 's/"trace":{.*,"exhibits":/"trace":null,"exhibits":/' >>"$dir/EVIDENCE"
python3 -m zipfile -e "$dir/proof.wacz" "$dir/proof"
cat "$dir/proof/evidence.json" >>"$dir/EVIDENCE"
dl verify --format json "$dir/proof.wacz" >"$dir/CHECKS"
# An archive that is not what it was gives findings.
cp "$FIXTURES/news-2.warc" "$dir/changed.warc"
dl ingest -q --store "$dir/changed" "$dir/changed.warc"
sed 's/the/teh/g' "$FIXTURES/news-2.warc" >"$dir/changed.warc"
exits 1 "$DATELINE" verify --store "$dir/changed" --archives --format json
cp "$dir/out" "$dir/REREADING"
dl stories --format jsonl --carriers >"$dir/STORIES"
text="Firefighters brought 112 residents to safety by boat, among them the 97-year-old former postmaster, who refused to leave without his accordion."
text="Firefighters brought 113 residents to safety by boat${text#*boat}"
dl trace --format json "$text" >"$dir/TRACES"
dl trace --format json "Peat cutters in Ossby uncover oak boat thought to be 3,000 years old" >>"$dir/TRACES"
cat >"$dir/feed.warc.py" <<'END'
import sys
from crawl import Crawl
c = Crawl(sys.argv[1])
c.page("https://a.example/x", "2024-05-02T12:00:00Z", "A lamp", ["The lighthouse keeper of Sund has retired after forty-one years, and nobody will follow him, the coast guard said."] * 2)
c.add("https://a.example/feed", "2024-05-02T13:00:00Z", 200, "<rss><item><link>https://a.example/x</link><pubDate>Thu, 02 May 2024 11:00:00 GMT</pubDate></item></rss>", mime="text/xml")
c.close()
END
PYTHONPATH="$SOURCE/tests/e2e/lib" PYTHONDONTWRITEBYTECODE=1 python3 "$dir/feed.warc.py" "$dir/feed.warc"
dl ingest -q --store "$dir/feeds" "$dir/feed.warc"
dl trace --store "$dir/feeds" --format json --witnesses https://a.example/x >>"$dir/TRACES"
printf '{"qid":"a","text":"%s"}\n' "$text" >"$dir/queries"
dl trace --batch "$dir/queries" --format jsonl >>"$dir/TRACES"

exits 0 "$DATELINE" ls --format jsonl --digests "$FIXTURES"/*.gz \
    "$dir/whole.warc.gz"
cp "$dir/out" "$dir/RECORDS"
exits 1 "$DATELINE" check --quiet --format jsonl "$FIXTURES/damaged.warc.gz"
cp "$dir/out" "$dir/FINDINGS"

exits 0 "$DATELINE" plan --tasks 3 "$FIXTURES"/news-*
cp "$dir/out" "$dir/PLANS"
for task in 0 1; do
    exits 0 "$DATELINE" ingest -q --plan "$dir/PLANS" --task $task \
        --out "$dir/shards"
done
exits 3 "$DATELINE" ingest -q --plan "$dir/PLANS" --task 9 --out "$dir/shards"
sed 's/"fingerprint":"./"fingerprint":"_/' "$dir/PLANS" >"$dir/stale"
exits 3 "$DATELINE" ingest -q --plan "$dir/stale" --task 2 --out "$dir/shards"
sed 's/"reasons":{[^}]*}/"reasons":0/' "$dir"/shards/*/report.json \
    "$dir"/shards/*.failed.json >"$dir/REPORTS"
exits 1 "$DATELINE" status "$dir/shards" --plan "$dir/PLANS" --format json
cp "$dir/out" "$dir/PROGRESS"

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

# Members of the claims and blocks that only --explain shows.
EXPLAINED = {"field", "source", "rank", "chosen", "value", "raw", "offset", "relative",
             "role", "level", "kept", "reason", "score", "from", "to"}
for section in sorted(os.listdir(DIR)):
    if not section.isupper():
        continue
    known = sections.get(section, set())
    if section == "EXPORTS":
        known = known | (sections["ARTICLES"] - {"file", "text_source", "captions", "claims", "blocks"} - EXPLAINED)
    found = set(k for row in lines(section) for k in keys(row))
    check(found, "nothing was written for", section)
    check(not found - known, section, "does not document:", " ".join(sorted(found - known)))
    # The other way round: what stands in the list is really written.
    check(not known - found - {"timestamp"}, section, "documents what is not written:", " ".join(sorted(known - found)))
END
echo "$test_name: all good"
