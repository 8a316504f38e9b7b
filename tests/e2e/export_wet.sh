#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# export --format wet and wat: conversion records with the text, metadata
# records with what stands in headers and pages, as Common Crawl has them.
. "$SOURCE/tests/e2e/lib/common.sh"
cp "$SOURCE/tests/e2e/lib/warcs.py" "$dir"
dl ingest -q "$FIXTURES"/news-*
for format in wet wat warc; do
    dl export -f $format -o "$dir/all.$format.gz"
    dl export -f $format -j 3 -o "$dir/three.$format.gz"
    cmp "$dir/all.$format.gz" "$dir/three.$format.gz" ||
        die "$format hangs on -j"
done
exits 0 "$DATELINE" check "$dir/all.wet.gz" "$dir/all.wat.gz"
dl export >"$dir/ROWS"
dl export -f wet --redact ips,emails,phones -o "$dir/redacted.wet.gz"
exits 2 "$DATELINE" export -f wat --redact emails
dl export -f wat --max-size 20000 -o "$dir/wats/"
dl verify "$dir/wats" >/dev/null
export PYTHONPATH="$dir"
py <<'END'
import re, warcs
wet, wat, warc = (warcs.read(DIR + "/all.%s.gz" % f) for f in ("wet", "wat", "warc"))
for r in wet + wat:
    for f in r.faults():
        check(False, r.type, r.url, f)
    check(r.version == "WARC/1.0", r.version)
for name, records in (("wet", wet), ("wat", wat)):
    check(records[0].type == "warcinfo" and len({r.id for r in records}) == len(records), name, "ids")

rows = {(r["url"], r["captured"]): r for r in lines("ROWS")}
check(len(wet) == len(rows) + 1 > 20, "texts:", len(wet), len(rows))
three = {"en": "eng", "de": "deu", "sr": "srp"}
for r in wet[1:]:
    row = rows[r.url, r["WARC-Date"]]
    check(r.type == "conversion" and r["Content-Type"] == "text/plain", r.type)
    check(r.block.decode() == row["title"] + "\n" + row["text"] + "\n", r.url, "text")
    check(r["WARC-Refers-To"] == row["record_id"] or row["record_id"] is None, r.url, "refers to", r["WARC-Refers-To"])
    check(r["WARC-Identified-Content-Language"] == three[row["lang"]], r.url, r["WARC-Identified-Content-Language"])
    check(r["WARC-Block-Digest"] == warcs.sha1(r.block), r.url, "no block digest")
arc = {r.id for r in warc if r["Dateline-Source"]}
check(any(r["WARC-Refers-To"] in arc for r in wet[1:]), "records of ARC files have other names there")

originals = {r.id: r for r in warc if r.type != "warcinfo"}
check({r["WARC-Refers-To"] for r in wat[1:]} == set(originals), "not a record each")
pages = links = 0
for r in wat[1:]:
    check(r.type == "metadata" and r["Content-Type"] == "application/json", r.type)
    j, was = json.loads(r.block), originals[r["WARC-Refers-To"]]
    e = j["Envelope"]
    check(int(e["Actual-Content-Length"]) == len(was.block) and e["Block-Digest"] == warcs.sha1(was.block), r.url, "block")
    if e["Format"] == "WARC":
        check(e["WARC-Header-Metadata"]["WARC-Record-ID"] == was.id, r.url, "header")
        check(int(e["WARC-Header-Length"]) == len(was.raw) - len(was.block) - 4, r.url, "header length")
    c = j["Container"]
    if c["Filename"] == "news-1.warc.gz":
        data = open(FIXTURES + "/news-1.warc.gz", "rb").read()
        at, n = int(c["Offset"]), int(c["Gzip-Metadata"]["Deflate-Length"])
        raw = warcs.gzip.decompress(data[at:at + n])
        check(raw == was.raw and int(c["Gzip-Metadata"]["Inflated-Length"]) == len(raw), r.url, "container")
        check(int(c["Gzip-Metadata"]["Inflated-CRC"]) == warcs.zlib.crc32(raw), r.url, "CRC")
    p = e["Payload-Metadata"]
    if was.type in ("response", "revisit"):
        h = p["HTTP-Response-Metadata"]
        first = was.block.split(b"\r\n", 1)[0].decode().split(" ", 2)
        m = h["Response-Message"]
        check([m["Version"], m["Status"], m["Reason"]] == first, r.url, m)
        head, _, body = was.block.partition(b"\r\n\r\n")
        check(int(h["Headers-Length"]) == len(head) + 4 and int(h["Entity-Length"]) == len(body), r.url, "lengths")
        check(h["Entity-Digest"] == warcs.sha1(body), r.url, "entity digest")
        for line in head.decode("latin-1").split("\r\n")[1:]:
            k, v = line.split(":", 1)
            got = {a.lower(): b for a, b in h["Headers"].items()}[k.lower()]
            check(v.strip() == got or v.strip() in got, r.url, k)
        html = h.get("HTML-Metadata")
        if html:
            pages += 1
            links += len(html.get("Links", []))
            check(html["Head"].get("Title") or not was.block.count(b"<title"), r.url, "title")
            known = re.findall(rb"<a [^>]*href=\"([^\"&]+)\"", was.block) if b"content-encoding" not in head.lower() else []
            urls = [l["url"] for l in html.get("Links", []) if l["path"] == "A@/href"]
            check(all(u.decode("latin-1") in urls for u in known if max(u) < 128), r.url, "links")
    elif was.type == "request":
        m = p["HTTP-Request-Metadata"]["Request-Message"]
        check([m["Method"], m["Path"], m["Version"]] == was.block.split(b"\r\n", 1)[0].decode().split(" "), r.url, m)
    elif was.type == "metadata":
        for f in p["WARC-Metadata-Metadata"]["Metadata-Records"]:
            check(("%s: %s\r\n" % (f["Name"], f["Value"])).encode() in was.block, r.url, f)
check(pages > 25 and links > 50, "pages:", pages, "links:", links)
END
echo "$test_name: all good"
