#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# export: every format says the same, to the byte whatever the number of
# threads; directories keep the rules of Frictionless Data, BagIt and JSON
# Schema; what was begun goes on, and nothing half appears.
. "$SOURCE/tests/e2e/lib/common.sh"
dl ingest -q "$FIXTURES"/news-[12]*
dl ingest -q "$FIXTURES"/news-[345]*
dl export >"$dir/rows"
dl export --format csv >"$dir/csv"

# The same bytes, however it is made.
for packing in "" .gz .zst; do
    for jobs in 1 2 5; do
        dl export -j $jobs -o "$dir/$jobs.jsonl$packing"
    done
    cmp "$dir/1.jsonl$packing" "$dir/2.jsonl$packing" || die "-j 2 $packing"
    cmp "$dir/1.jsonl$packing" "$dir/5.jsonl$packing" || die "-j 5 $packing"
done
cmp "$dir/1.jsonl" "$dir/rows" || die "a file differs from standard output"
dl export -f parquet -o "$dir/1.parquet"
dl export -f parquet -j 3 -o "$dir/3.parquet"
cmp "$dir/1.parquet" "$dir/3.parquet" || die "Parquet hangs on -j"

# Directories.
dl export -f csv --split-by month --bagit -o "$dir/months/"
dl export --split-by site --compress gzip -o "$dir/sites/"
dl export -f parquet --split-by lang -o "$dir/langs/"
dl export -f markdown -o "$dir/markdown/"
dl export -f text --title "A | title" --license CC-BY-4.0 -o "$dir/text/"
for d in months sites langs markdown text; do
    (cd "$dir/$d" && sha256sum -c --quiet SHA256SUMS) || die "$d: sums"
    [ ! -e "$dir/$d.part" ] || die "$d.part is left"
done
dl export -f csv --split-by month --bagit -j 3 -o "$dir/again/"
diff -r "$dir/months" "$dir/again" || die "the same export has other bytes"
exits 2 "$DATELINE" export -o "$dir/months/"
exits 2 "$DATELINE" export --split-by month -o "$dir/file"
exits 2 "$DATELINE" export -f text -o "$dir/file.txt"
exits 2 "$DATELINE" export --redact names

# What is left of other things is not touched.
mkdir "$dir/mine.part" && echo mine >"$dir/mine.part/file"
exits 2 "$DATELINE" export -o "$dir/mine/"
[ "$(cat "$dir/mine.part/file")" = mine ] || die "a foreign file is gone"

# Killed at each change to the disk: the place is empty or the export whole,
# and the next run makes the same.
"$CC" -shared -fPIC -o "$dir/killer.so" "$SOURCE/tests/e2e/lib/killer.c" -ldl
killed() {
    LD_PRELOAD="$dir/killer.so" "$DATELINE" export --split-by site \
        --compress gzip -o "$dir/killed/" >/dev/null 2>&1
}
KILL_COUNT="$dir/changes" killed || true
if [ -s "$dir/changes" ]; then
    changes=$(cat "$dir/changes")
    [ "$changes" -gt 20 ] || die "only $changes changes to the disk"
    n=1
    while [ "$n" -le "$changes" ]; do
        rm -rf "$dir/killed"
        KILL_AT=$n killed || true
        if [ -e "$dir/killed" ]; then
            diff -r "$dir/sites" "$dir/killed" || die "half an export at $n"
        fi
        n=$((n + 3))
    done
    rm -rf "$dir/killed" "$dir/killed.part"
    KILL_AT=$((changes * 2 / 3)) killed || true
    [ -e "$dir/killed.part/.progress" ] || die "nothing is left to go on with"
    made=$(find "$dir/killed.part/data" -name '*.gz' | head -n 1)
    [ -n "$made" ] || die "nothing was made before it was killed"
    inode=$(ls -i "$made" | cut -d' ' -f1)
    dl export --split-by site --compress gzip -o "$dir/killed/"
    diff -r "$dir/sites" "$dir/killed" || die "it goes on otherwise"
    now=$(ls -i "$dir/killed/data/${made##*/}" | cut -d' ' -f1)
    [ "$inode" = "$now" ] || die "what was whole was made again"
fi

# Redaction, of a page with numbers in it.
cat >"$dir/page.py" <<'END'
import sys
body = ("<html lang=en><head><title>The help line</title></head><body><article>"
        "<h1>The help line of the port authority</h1>" + "".join(
    "<p>" + p + "</p>" for p in (
        "The port authority has opened a line for all who were on the ferry that night, its director said on Tuesday at the town hall.",
        "Relatives may write to help.line@port-authority.example or call +44 20 7946 0958 at any hour, and will be called back within the day.",
        "The first message came from 192.0.2.17, investigators said, on 2025-03-04 at 10:00, when 1,234,567 people were watching the broadcast.")) +
        "</article></body></html>").encode()
http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n" % len(body) + body
sys.stdout.buffer.write(b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:11111111-2222-3333-4444-555555555555>\r\nWARC-Date: 2025-03-04T12:00:00Z\r\nWARC-Target-URI: https://port.example/help?from=192.0.2.17\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n" % len(http) + http + b"\r\n\r\n")
END
python3 "$dir/page.py" >"$dir/page.warc"
dl ingest -q --store "$dir/numbers" "$dir/page.warc"
dl export --store "$dir/numbers" >"$dir/plain"
dl export --store "$dir/numbers" --redact emails,phones,ips >"$dir/redacted"
dl export --store "$dir/numbers" --redact emails,ips -o "$dir/numbered/"

# A sample hangs on its seed, not on how the store lies.
dl export --sample 7 --seed 3 >"$dir/sample"
dl export --sample 7 --seed 4 >"$dir/other"
cp -r "$DATELINE_STORE" "$dir/packed"
exits 0 "$DATELINE" compact --all --store "$dir/packed"
dl export --store "$dir/packed" --sample 7 --seed 3 >"$dir/packed-sample"

dl export --dedupe story >"$dir/stories"
dl stories --format jsonl >"$dir/told"
dl export --words "halden BRIDGE" >"$dir/words"
dl export --domain merrow-courier.example --words ferry >"$dir/both"
dl trace --format json https://www.merrow-courier.example/city/halden-bridge-shut >"$dir/trace"
dl export --traced "$dir/trace" >"$dir/traced"
cut -c1-200 "$dir/rows" | sed -n 's/.*"url":"\([^"]*\)".*/\1/p' | head -n 4 >"$dir/list"
echo "# a note" >>"$dir/list"
dl export --list "$dir/list" >"$dir/listed"
printf 'example,merrow-courier) - {"access":"block"}\n - {"access":"allow"}\n' >"$dir/rules"
dl export --access "$dir/rules" >"$dir/allowed"
cp -r "$DATELINE_STORE" "$dir/less"
exits 0 "$DATELINE" remove --store "$dir/less" --host www.merrow-courier.example
dl export --store "$dir/less" >"$dir/left"

py <<'END'
import csv, gzip, hashlib, io, re
csv.field_size_limit(1 << 30)
rows = lines("rows")
check(len(rows) > 20, "only", len(rows), "rows")

# JSON Schema: the few words of it that ours uses.
def fits(value, schema):
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    of = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "null": type(None)}
    ok = any(isinstance(value, of[t]) and (t != "integer" or not isinstance(value, bool)) for t in types)
    if ok and isinstance(value, list):
        ok = all(fits(v, schema["items"]) for v in value)
    if ok and value is not None and schema.get("format") == "date-time":
        ok = re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value) is not None
    return ok
schema = json.load(open(DIR + "/sites/schema.json"))
names = list(schema["properties"])
check(schema["required"] == names, "schema: required")
for r in rows:
    check(list(r) == names, "members of a row:", list(r))
    for k, v in r.items():
        check(fits(v, schema["properties"][k]), "schema:", k, v)
    check(r["published"] is None or r["published_raw"] or r["published_source"] == "url", "no evidence for", r["published"])

# CSV
raw = open(DIR + "/csv", newline="", encoding="utf-8").read()
check(raw.count("\r\n") == len(rows) + 1, "ends of line in CSV:", raw.count("\r\n"))
def cell(v):
    if v is None:
        return ""
    return v if isinstance(v, str) else json.dumps(v, ensure_ascii=False, separators=(",", ":"))
table = list(csv.DictReader(io.StringIO(raw, newline=""), strict=True))
check(len(table) == len(rows), "rows of CSV:", len(table))
for a, b in zip(rows, table):
    for k in names:
        check(cell(a[k]) == b[k], "csv:", k, b[k][:60])

# Packings
check(gzip.open(DIR + "/1.jsonl.gz").read() == open(DIR + "/rows", "rb").read(), "gzip")

# Frictionless Data: Data Package and Data Resource v1
def tables(d):
    package = json.load(open(f"{DIR}/{d}/datapackage.json", encoding="utf-8"))
    check(re.fullmatch(r"[-a-z0-9._/]+", package["name"]), d, "name")
    check(len(package["resources"]) > 0, d, "no resources")
    seen, total = set(), 0
    for r in package["resources"]:
        check(re.fullmatch(r"[-a-z0-9._/]+", r["name"]) and r["name"] not in seen, d, "resource:", r["name"])
        seen.add(r["name"])
        check(not r["path"].startswith("/") and ".." not in r["path"].split("/"), d, "path:", r["path"])
        data = open(f"{DIR}/{d}/{r['path']}", "rb").read()
        check(len(data) == r["bytes"], d, "bytes of", r["path"])
        check(r["hash"] == "sha256:" + hashlib.sha256(data).hexdigest(), d, "hash of", r["path"])
        s = r.get("schema")
        if isinstance(s, str):
            s = json.load(open(f"{DIR}/{d}/{s}"))
        if s is not None:
            check([f["name"] for f in s["fields"]] == names, d, "fields")
        if r.get("profile") == "tabular-data-resource" and s is not None:
            for row in csv.DictReader(io.StringIO(data.decode(r["encoding"]), newline="")):
                total += 1
                for f in s["fields"]:
                    v = row[f["name"]]
                    if v in s["missingValues"]:
                        check(not f.get("constraints", {}).get("required"), d, f["name"], "is missing")
                        continue
                    ok = {"string": lambda: True, "integer": lambda: int(v) is not None, "number": lambda: float(v) is not None,
                          "boolean": lambda: v in ("true", "false"), "array": lambda: isinstance(json.loads(v), list),
                          "datetime": lambda: re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", v) is not None}[f["type"]]
                    check(ok(), d, f["name"], v)
    return package, total
for d in ("months", "sites", "langs", "markdown", "text"):
    package, total = tables(d)
    if d == "months":
        check(total == len(rows), "months: rows", total)
    files = {os.path.relpath(os.path.join(p, f), f"{DIR}/{d}") for p, _, fs in os.walk(f"{DIR}/{d}") for f in fs}
    summed = {l.split("  ", 1)[1] for l in text(d + "/SHA256SUMS").splitlines()}
    check(files - {"SHA256SUMS", "tagmanifest-sha256.txt"} == summed, d, "not summed:", files ^ summed)

# Croissant: what it names is there, each id once.
for d in ("months", "sites"):
    c = json.load(open(f"{DIR}/{d}/croissant.json", encoding="utf-8"))
    check(c["conformsTo"] == "http://mlcommons.org/croissant/1.0" and c["@type"] == "sc:Dataset", d, "croissant")
    ids = [f["@id"] for f in c["distribution"]] + [s["@id"] for s in c["recordSet"]] + [f["@id"] for s in c["recordSet"] for f in s["field"]]
    check(len(ids) == len(set(ids)), d, "croissant: an id twice")
    for f in c["distribution"]:
        if f["@type"] == "cr:FileObject":
            check(f["sha256"] == hashlib.sha256(open(f"{DIR}/{d}/{f['contentUrl']}", "rb").read()).hexdigest(), d, "croissant:", f["@id"])
    for s in c["recordSet"]:
        for f in s["field"]:
            check(next(iter(v for k, v in f["source"].items() if k.startswith("file")))["@id"] in ids, d, "croissant: source of", f["@id"])

# BagIt (RFC 8493)
check(text("months/bagit.txt") == "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n", "bagit.txt")
payload = [l.split("  ", 1) for l in text("months/manifest-sha256.txt").splitlines()]
check({p for _, p in payload} == {os.path.relpath(os.path.join(p, f), DIR + "/months") for p, _, fs in os.walk(DIR + "/months/data") for f in fs}, "bag: payload")
tags = dict(reversed(l.split("  ", 1)) for l in text("months/tagmanifest-sha256.txt").splitlines())
for name, sha in list(tags.items()) + [(p, s) for s, p in payload]:
    check(hashlib.sha256(open(f"{DIR}/months/{name}", "rb").read()).hexdigest() == sha, "bag:", name)
octets = sum(os.path.getsize(f"{DIR}/months/{p}") for _, p in payload)
check(f"Payload-Oxum: {octets}.{len(payload)}\n" in text("months/bag-info.txt"), "bag: oxum")

# Split: each row in its file, in order, none twice.
got = []
for name in sorted(os.listdir(DIR + "/sites/data")):
    for line in gzip.open(f"{DIR}/sites/data/{name}", "rt", encoding="utf-8"):
        r = json.loads(line)
        check(r["domain"] + ".jsonl.gz" == name, r["domain"], "in", name)
        got.append(r)
key = lambda r: (r["archive_file"], r["archive_offset"])
check(sorted(got, key=key) == sorted(rows, key=key), "split: rows")

# Trees
index = list(csv.DictReader(open(DIR + "/text/data/index.csv", newline="", encoding="utf-8")))
check(len(index) == len(rows), "text: rows", len(index))
for a, b in zip(rows, index):
    check(text("text/" + b["path"]) == (a["title"] or "") + "\n\n" + a["text"] + "\n", "text:", b["path"])
    check(b["record_id"] == (a["record_id"] or ""), "index:", b["path"])
for b in csv.DictReader(open(DIR + "/markdown/data/index.csv", newline="", encoding="utf-8")):
    head, body = text("markdown/" + b["path"]).split("---\n\n", 1)
    fields = dict(l.split(": ", 1) for l in head.splitlines()[1:])
    check(json.loads(fields["url"]) == b["url"], "markdown:", b["path"])
    check(body.startswith("# ") and "\n\n\n" not in body, "markdown:", b["path"])
check("A | title" in text("text/README.md") and "CC-BY-4.0" in text("text/README.md"), "title and license")

# Redaction: the two ways a row is written agree, and only the text changes.
plain, redacted = lines("plain")[0], lines("redacted")[0]
want = plain["text"].replace("help.line@port-authority.example", "[email]").replace("+44 20 7946 0958", "[phone]").replace("192.0.2.17", "[ip]")
check(redacted["text"] == want != plain["text"], "redacted:", redacted["text"])
check({k: v for k, v in plain.items() if k != "text"} == {k: v for k, v in redacted.items() if k != "text"}, "redaction changes more")
card = text("numbered/README.md")
check("| e-mail addresses | 1 |" in card and "| IP addresses | 1 |" in card and "telephone" not in card, "counts of redaction")

# Selections
urls = lambda name: sorted(r["url"] + r["captured"] for r in lines(name))
check(len(lines("sample")) == 7 and urls("sample") == urls("packed-sample") != urls("other"), "sample")
place = lambda r: (r["url"], stamp(r["captured"]))
of_rows, kept = {place(r) for r in rows}, [place(r) for r in lines("stories")]
told = [[(c["url"], c["time"]) for c in r["captures"]] for r in lines("told")]
for story in told:
    there = [c for c in story if c in of_rows]
    check([c for c in kept if c in story] == there[:1], "--dedupe story keeps of", there, [c for c in kept if c in story])
check(len(kept) == sum(any(c in of_rows for c in s) for s in told) + len(of_rows - {c for s in told for c in s}), "--dedupe story:", len(kept))
def said(r, words):
    return words in re.sub(r"\W+", " ", (r["title"] or "") + "|" + r["text"]).lower()
check({r["url"] for r in lines("words")} == {r["url"] for r in rows if said(r, "halden bridge")}, "--words")
check(urls("both") == sorted(r["url"] + r["captured"] for r in rows if "merrow-courier" in r["domain"] and re.search(r"\bferry\b", (r["title"] + " " + r["text"]).lower())), "--domain and --words")
seen = {(x["url"], x["time"]) for x in json.load(open(DIR + "/trace"))["results"]}
check({(r["url"], stamp(r["captured"])) for r in lines("traced")} <= seen and lines("traced"), "--traced")
check({r["url"] for r in lines("listed")} == set(text("list").splitlines()[:-1]), "--list")
check({r["domain"] for r in lines("allowed")} == {r["domain"] for r in rows} - {"merrow-courier.example"}, "--access")
check(not any("www.merrow-courier.example" in r["url"] for r in lines("left")) and lines("left"), "what was taken down is exported")
END
echo "$test_name: all good"
