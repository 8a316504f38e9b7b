#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# lookup: every capture of the fixtures is found, in order, as what it is.
. "$SOURCE/tests/e2e/lib/common.sh"
dl ingest -q "$FIXTURES"/news-*

page=https://www.merrow-courier.example/city/halden-bridge-shut
: >"$dir/exact"
python3 -c '
import json, os
for url in sorted({c["url"] for c in json.load(open(os.environ["FIXTURES"] + "/expected.json"))["captures"]}):
    print(url)' >"$dir/urls"
while read -r url; do
    dl lookup --format jsonl "$url" >>"$dir/exact"
done <"$dir/urls"
dl lookup --format json "$page" >"$dir/json"
dl lookup --format cdxj "$page" >"$dir/cdxj"
dl lookup "$page" >"$dir/table"
dl lookup --format jsonl --match host www.merrow-courier.example >"$dir/host"
dl lookup --format jsonl --match domain northwire.example >"$dir/domain"
dl lookup --format jsonl --match prefix https://www.merrow-courier.example/region/ >"$dir/prefix"
dl lookup --format jsonl --from 2025-03-05 --to 20250306 "$page" >"$dir/range"
dl lookup --format jsonl --closest 20250306 --limit 1 "$page" >"$dir/closest"
dl lookup --format jsonl HTTP://Merrow-Courier.example:80/city/halden-bridge-shut/? >"$dir/loose"

cat >"$dir/rules.aclj" <<'RULES'
example,merrow-courier)/city - {"access": "exclude", "user": "public"}
RULES
dl lookup --format jsonl --match host --access "$dir/rules.aclj" --user public \
    -n 4 www.merrow-courier.example >"$dir/public"
dl lookup --format jsonl --match host --access "$dir/rules.aclj" --user staff \
    www.merrow-courier.example >"$dir/staff"

py <<'END'
def key(c):
    return c["url"], c.get("timestamp") or stamp(c["time"])

# Without www, scheme and slash two URLs may be one: count rows once.
rows = {(key(c), c["filename"], c["offset"]): c for c in lines("exact")}
check(len(rows) == len(expected["captures"]), "captures found:", len(rows), "of", len(expected["captures"]))
found = {(c["url"], c["timestamp"]): c for c in rows.values()}
for e in expected["captures"]:
    c = found.get((e["url"], stamp(e["time"])))
    if c is None:
        wrong.append("not found: %s %s" % (e["url"], e["time"]))
        continue
    check(c["status"] == e["status"] or e["kind"] == "revisit", e["url"], "status", c["status"])
    check(c["mime"] == e["mime"] or e["kind"] == "revisit", e["url"], "MIME", c["mime"])
    check(c["digest"] == e["digest"] or e["file"].endswith(".arc.gz"), e["url"], "digest", c["digest"])
    check(c["revisit"] == (e["kind"] == "revisit"), e["url"], "revisit", c["revisit"])
    check(e["file"] in c["filename"], e["url"], "file", c["filename"])
    check(c["length"] > 0, e["url"], "length", c["length"])

edits, titles = lines("json") if text("json").startswith("{") else json.loads(text("json")), expected["edited"]["titles"]
check([c["title"] for c in edits] == titles, "titles of the edited page:", [c["title"] for c in edits])
times = [c["timestamp"] for c in edits]
check(times == sorted(times), "not in time order:", times)
check(len(text("cdxj").splitlines()) == 3, "CDXJ lines:", text("cdxj"))
for line in text("cdxj").splitlines():
    surt, when, rest = line.split(" ", 2)
    check(surt == "example,merrow-courier)/city/halden-bridge-shut" and when in times and json.loads(rest)["status"] == "200", "CDXJ line:", line)
check(len(text("table").splitlines()) == 4, "table:", text("table"))

public = [c["url"] for c in lines("public")]
check(len(public) == 4 and not any("/city/" in u for u in public), "as the public:", public)
check(len(lines("staff")) == len(lines("host")), "as staff:", len(lines("staff")))

def urls(condition):
    return sorted(key(c) for c in expected["captures"] if condition(c["url"]))
def got(name):
    return sorted(key(c) for c in lines(name))
check(got("host") == urls(lambda u: "://www.merrow-courier.example/" in u), "by host:", len(got("host")))
check(got("domain") == urls(lambda u: "northwire.example" in u), "by domain:", len(got("domain")))
# (The key of /region/ itself is /region: not below it.)
check(got("prefix") == urls(lambda u: "merrow-courier.example/region/" in u and not u.endswith("/")), "by prefix:", len(got("prefix")))
check([c["timestamp"] for c in lines("range")] == times[2:], "by time:", lines("range"))
check([c["timestamp"] for c in lines("closest")] == [times[2]], "closest:", lines("closest"))
check([c["timestamp"] for c in lines("loose")] == times, "spelt otherwise:", lines("loose"))
END

exits 1 "$DATELINE" lookup https://nowhere.example/
grep -q nowhere.example "$dir/err" || die "finding nothing is not said"
exits 4 "$DATELINE" lookup --store "$dir/no-store" https://nowhere.example/
grep -q "$dir/no-store" "$dir/err" || die "the missing store is not named"
exits 2 "$DATELINE" lookup --format nonsense "$page"
exits 2 "$DATELINE" lookup --from yesterday "$page"
exits 2 "$DATELINE" lookup
echo "$test_name: all good"
