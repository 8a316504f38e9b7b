#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# serve: Memento as RFC 7089 has it: TimeGate, TimeMap, mementos and their
# links, what is to be answered to dates that are none.
. "$SOURCE/tests/e2e/lib/common.sh"
. "$SOURCE/tests/e2e/lib/serve.sh"

# Captures of one URL at four times, of another at one.
python3 - "$dir" <<'END'
import sys
times = ["2024-01-01T00:00:00Z", "2024-03-01T12:00:00Z",
         "2024-03-02T00:00:00Z", "2024-06-01T00:00:00Z"]
rows = [("http://e.example/page?a=1&b=<2>", t) for t in times]
rows.append(("http://e.example/once", times[1]))
with open(sys.argv[1] + "/m.warc", "wb") as f:
    for i, (url, time) in enumerate(rows):
        block = (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
                 b"Link: <x>; rel=\"y\"\r\nSet-Cookie: a=b\r\n\r\n<p>%d" % i)
        f.write(b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: "
                b"<urn:x:%d>\r\nWARC-Target-URI: %s\r\nWARC-Date: %s\r\n"
                b"Content-Type: application/http;msgtype=response\r\n"
                b"Content-Length: %d\r\n\r\n" %
                (i, url.encode(), time.encode(), len(block)) + block +
                b"\r\n\r\n")
END
"$DATELINE" ingest -q "$dir/m.warc" || die "not ingested"
start_server

ROOT=$root REPLAY=$replay py <<'END'
import email.utils, re, urllib.request, urllib.error
REPLAY, ROOT = os.environ["REPLAY"].rstrip("/"), os.environ["ROOT"].rstrip("/")
class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *a):
        return None
opener = urllib.request.build_opener(Stay)
def get(path, method="GET", **headers):
    url = path if path.startswith("http") else REPLAY + path
    req = urllib.request.Request(url, method=method, headers={
        k.replace("_", "-"): v for k, v in headers.items()})
    try:
        r = opener.open(req, timeout=20)
    except urllib.error.HTTPError as e:
        r = e
    return r.status, r.headers, r.read()
def links(text):
    """[(uri, {parameter: value})] of RFC 8288."""
    out = []
    for uri, rest in re.findall(r'<([^<>]*)>((?:;\s*[a-z]+="[^"]*")*)', text):
        out.append((uri, dict(re.findall(r'([a-z]+)="([^"]*)"', rest))))
    return out
def of(found, rel):
    return [(u, p) for u, p in found if rel in p["rel"].split()]

PAGE = "http://e.example/page?a=1&b=<2>"
ASKED = "http://e.example/page?a=1&b=%3C2%3E"
TIMES = ["Mon, 01 Jan 2024 00:00:00 GMT", "Fri, 01 Mar 2024 12:00:00 GMT",
         "Sat, 02 Mar 2024 00:00:00 GMT", "Sat, 01 Jun 2024 00:00:00 GMT"]
GATE = "/web/timegate/" + ASKED

# ---- TimeGate (4.1, 4.2): the nearest, before the first, after the last
for wanted, found in [(TIMES[1], "20240301120000"), (TIMES[0], "20240101000000"),
                      ("Fri, 01 Mar 2024 13:00:00 GMT", "20240301120000"),
                      ("Fri, 01 Mar 2024 23:00:00 GMT", "20240302000000"),
                      ("Thu, 01 Jan 1970 00:00:00 GMT", "20240101000000"),
                      ("Fri, 01 Jan 2044 00:00:00 GMT", "20240601000000"),
                      (None, "20240601000000")]:
    for base in (REPLAY, ROOT):
        status, h, body = get(base + GATE, **({"Accept_Datetime": wanted} if wanted else {}))
        check(status == 302, "TimeGate:", status)
        check(h["Location"] == f"{REPLAY}/web/{found}/{ASKED}", wanted, "->", h["Location"])
        check("accept-datetime" in h["Vary"].lower(), "no Vary")
        check(h["Memento-Datetime"] is None, "a TimeGate with Memento-Datetime")
        got = links(h["Link"])
        check(of(got, "original")[0][0] == ASKED, "original:", got)
        check(of(got, "timemap") and not of(got, "timegate"), "links of a TimeGate:", got)
        check([p["datetime"] for _, p in of(got, "first")] == [TIMES[0]], got)
        check([p["datetime"] for _, p in of(got, "last")] == [TIMES[3]], got)
        check(of(got, "memento") and h["Content-Length"] == "0", got)

# ---- dates that are none (4.5.3)
for wrong in ["yesterday", "2024-03-01T12:00:00Z", "Fri, 01 Mar 2024 12:00:00",
              "Fri, 01 Mar 2024 12:00:00 CET", "Friday, 01-Mar-24 12:00:00 GMT",
              "Fri, 32 Mar 2024 12:00:00 GMT", ""]:
    status, h, body = get(GATE, Accept_Datetime=wrong)
    check(status == 400, repr(wrong), status)
    check("accept-datetime" in h["Vary"].lower() and of(links(h["Link"]), "original"),
          "400 without Vary or Link")
status, h, body = get("/web/timegate/http://nowhere.example/")
check(status == 404 and h["Memento-Datetime"] is None, "unknown:", status)

# ---- the URL without a time is a TimeGate of its own; HEAD is as GET
status, h, _ = get("/web/" + ASKED, method="HEAD", Accept_Datetime=TIMES[1])
check(status == 302 and h["Location"].endswith("/web/20240301120000/" + ASKED), h["Location"])

# ---- mementos (2.1.2, 2.2)
status, h, body = get(f"/web/20240301120000id_/{ASKED}", Accept_Datetime="nonsense")
check(status == 200 and body == b"<p>1", status, body)
check(h["Memento-Datetime"] == TIMES[1], h["Memento-Datetime"])
check(h["Vary"] is None or "accept-datetime" not in h["Vary"], "a memento that varies")
got = links(h["Link"])
check([u for u, _ in of(got, "original")] == [ASKED], "original:", got)
check(of(got, "timegate")[0][0] == REPLAY + GATE, "timegate:", got)
check(of(got, "timemap")[0][1]["type"] == "application/link-format", "timemap:", got)
for rel, at in [("first", 0), ("prev", 0), ("next", 2), ("last", 3)]:
    check([p["datetime"] for _, p in of(got, rel)] == [TIMES[at]], rel, got)
check(TIMES[1] in [p.get("datetime") for _, p in of(got, "memento")], "not itself:", got)
check(h["Set-Cookie"] is None and h["X-Archive-Orig-Set-Cookie"] == "a=b", "cookies")
check(h["X-Archive-Orig-Link"] == '<x>; rel="y"', "captured links")
status, h, body = get("/web/20240301120000id_/http://e.example/once")
check([p["rel"] for _, p in of(links(h["Link"]), "memento")] == ["first last memento"], h["Link"])
status, h, body = get(f"/web/20240301id_/{ASKED}")
check(status == 302 and h["Memento-Datetime"] is None, "a redirect with a date of its own")

# ---- TimeMap (5)
for base in (REPLAY, ROOT):
    status, h, body = get(base + "/web/timemap/link/" + ASKED)
    check(status == 200 and h["Content-Type"] == "application/link-format", h["Content-Type"])
    got = links(body.decode())
    check([p["datetime"] for _, p in of(got, "memento")] == TIMES, got)
    check([u for u, _ in of(got, "original")] == [ASKED], got)
    check(of(got, "self")[0][0] == f"{REPLAY}/web/timemap/link/{ASKED}", got)
    check(of(got, "timegate") and not of(got, "timemap"), got)
    check(len(of(got, "first")) == len(of(got, "last")) == 1, got)
    check(body.decode().count("\n") == 3 + len(TIMES), body)
for uri, p in of(got, "memento"):
    status, h, _ = get(uri.replace("/http", "id_/http", 1) if "id_" not in uri else uri)
    check(status in (200, 302), uri, status)
status, h, body = get("/web/timemap/json/" + ASKED)
told = json.loads(body)
check(h["Content-Type"] == "application/json", h["Content-Type"])
check(told["original_uri"] == ASKED and len(told["mementos"]["list"]) == 4, told)
check(told["mementos"]["first"]["datetime"] == "2024-01-01T00:00:00Z", told)
check(told["timemap_uri"]["link_format"] == f"{REPLAY}/web/timemap/link/{ASKED}", told)
status, h, body = get("/web/timemap/link/20240302000000/" + ASKED)
check([p["datetime"] for _, p in of(links(body.decode()), "memento")] == TIMES[2:], body)
status, h, body = get("/web/timemap/link/http://nowhere.example/")
check(status == 404, "TimeMap of nothing:", status)
END

# ---- pages of a TimeMap
python3 - "$dir" <<'END'
import sys, datetime
t = datetime.datetime(2020, 1, 1)
with open(sys.argv[1] + "/many.cdxj", "w") as f:
    for i in range(25000):
        s = (t + datetime.timedelta(minutes=i)).strftime("%Y%m%d%H%M%S")
        f.write('example,many)/ %s {"url": "http://many.example/", "mime": "text/html", "status": "200", "digest": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "length": "10", "offset": "%d", "filename": "x.warc.gz"}\n' % (s, i))
END
"$DATELINE" import "$dir/many.cdxj" >/dev/null 2>&1 || die "not imported"
REPLAY=$replay py <<'END'
import re, urllib.request
url, seen, pages = os.environ["REPLAY"] + "web/timemap/link/http://many.example/", [], 0
while url:
    body = urllib.request.urlopen(url, timeout=60).read().decode()
    seen += re.findall(r'rel="[a-z ]*memento"; datetime="([^"]*)"', body)
    more = re.findall(r'<([^>]*)>; rel="timemap"', body)
    url, pages = (more or [None])[0], pages + 1
check(len(seen) == len(set(seen)) == 25000 and pages == 3, len(seen), pages)
END
echo "$test_name: all good"
