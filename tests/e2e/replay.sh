#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# serve: captures made to work in the archive.  Forms, what is rewritten and
# what stays as it was, redirects, requests beside the archive, large pages,
# what is missing or hidden.
. "$SOURCE/tests/e2e/lib/common.sh"
. "$SOURCE/tests/e2e/lib/serve.sh"

python3 - "$dir" <<'END'
import gzip, sys
A, B = "2024-05-01T12:00:00Z", "2024-05-03T00:00:00Z"
page = (b"<!DOCTYPE html><title>t</title><a href=/next>x</a>"
        b"<img src=//cdn.example/i.png><script>x = location.href</script>")
large = b"<p>" + b"<a href='/l'>caf\xc3\xa9</a>\n" * 150000
huge = b"<a href='/l'>" + b"x" * (17 << 20)
H = b"Content-Type: text/html\r\n"
rows = [
    ("https://e.example/", A, b"200", H + b"Set-Cookie: a=b\r\n", page),
    ("https://e.example/", B, b"200", H, page),
    ("https://e.example/coded", A, b"200", H + b"Content-Encoding: gzip\r\n",
     gzip.compress(page)),
    ("https://e.example/chunked", A, b"200",
     H + b"Transfer-Encoding: chunked\r\n", b"%x\r\n%s\r\n0\r\n\r\n" %
     (len(page), page)),
    ("https://e.example/large", A, b"200", H, large),
    ("https://e.example/huge", A, b"200", H, huge),
    ("https://cdn.example/i.png", B, b"200", b"Content-Type: image/png\r\n",
     b"\x89PNG<a href=/x>"),
    ("https://e.example/s.css", A, b"200", b"Content-Type: text/css\r\n",
     b"a{b:url(/i.png)}"),
    ("https://e.example/s.js", A, b"200", b"Content-Type: text/plain\r\n",
     b"x=location.host"),
    ("https://e.example/d.json", A, b"200",
     b"Content-Type: application/json\r\n", b'{"u":"https://e.example/"}'),
    ("https://e.example/moved", A, b"301", b"Location: /next\r\n", b""),
    ("http://e.example/self", A, b"301",
     b"Location: https://e.example/self\r\n", b""),
    ("https://e.example/self", B, b"200", H, b"<title>self</title>"),
    ("https://e.example/gone", A, b"404", H, b"<title>gone</title>"),
    ("https://hidden.example/", A, b"200", H, page),
    ("https://e.example/jp", A, b"200",
     H.replace(b"html", b"html; charset=iso-2022-jp"),
     b"<a href=/x>\x1b$B%F%9%H\x1b(B</a>"),
]
with open(sys.argv[1] + "/r.warc", "wb") as f:
    for i, (url, time, status, head, body) in enumerate(rows):
        block = b"HTTP/1.1 " + status + b" X\r\n" + head + b"\r\n" + body
        f.write(b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: "
                b"<urn:x:%d>\r\nWARC-Target-URI: %s\r\nWARC-Date: %s\r\n"
                b"Content-Type: application/http;msgtype=response\r\n"
                b"Content-Length: %d\r\n\r\n" %
                (i, url.encode(), time.encode(), len(block)) + block +
                b"\r\n\r\n")
END
"$DATELINE" ingest -q "$dir/r.warc" || die "not ingested"
cat >"$dir/rules" <<'END'
example,hidden - {"access": "block"}
END
start_server --access "$dir/rules"

ROOT=$root REPLAY=$replay py <<'END'
import urllib.request, urllib.error
REPLAY, ROOT = os.environ["REPLAY"].rstrip("/"), os.environ["ROOT"].rstrip("/")
class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *a):
        return None
opener = urllib.request.build_opener(Stay)
def get(path, **headers):
    url = path if path.startswith("http") else REPLAY + path
    req = urllib.request.Request(url, headers={
        k.replace("_", "-"): v for k, v in headers.items()})
    try:
        r = opener.open(req, timeout=60)
    except urllib.error.HTTPError as e:
        r = e
    return r.status, r.headers, r.read()
T = "/web/20240501120000"
E = "https://e.example"

status, h, body = get(f"{T}/{E}/")
check(status == 200, "a page:", status)
check(f'href="{T}/{E}/next"'.encode() in body, "a link:", body)
check(f'src="{T}im_/https://cdn.example/i.png"'.encode() in body, "an image")
check(b"__dlL(location).href" in body, "a script")
check(body.count(b"-/client.js") == 1, "the client script")
check("default-src 'self'" in h["Content-Security-Policy"], "the policy")
check(h["Set-Cookie"] is None and h["X-Archive-Orig-Set-Cookie"] == "a=b",
      "cookies:", h)
check(h["Memento-Datetime"] == "Wed, 01 May 2024 12:00:00 GMT", "its time")
check('rel="original"' in ", ".join(h.get_all("Link")), "its links")
for other in ("coded", "chunked"):
    s, h2, b2 = get(f"{T}/{E}/{other}")
    check(s == 200 and h2["Content-Encoding"] is None and
          b2 == body.replace(b'url="https://e.example/"',
                             b'url="https://e.example/%s"' % other.encode()),
          other, b2)
check(get(f"{T}mp_/{E}/")[2] == body, "mp_ is a page")
s, h, b = get(f"{T}if_/{E}/")
check(f"{T}if_/{E}/next".encode() in b and b'form="if_"' in b, "a frame:", b)
s, h, b = get(f"{T}id_/{E}/")
check(b"location.href" in b and b"__dlL" not in b and b"/web/" not in b,
      "raw stays raw")
check(h["Content-Security-Policy"].startswith("sandbox"), "raw is boxed in")

# Documents have one address; what they load is answered in place.
s, h, b = get(f"/web/20240502/{E}/")
check(s == 302 and h["Location"] == f"{T}/{E}/", "the nearest:", h["Location"])
s, h, b = get(f"{T}im_/https://cdn.example/i.png")
check(s == 200 and b == b"\x89PNG<a href=/x>", "bytes as they were:", s, b)
check(h["Memento-Datetime"].startswith("Fri, 03 May 2024"), "of another day")
check('desc="20240503000000"' in h["Server-Timing"], "told to the page")
s, h, b = get(f"{T}cs_/{E}/s.css")
check(b == f"a{{b:url({T}im_/{E}/i.png)}}".encode(), "a style sheet:", b)
s, h, b = get(f"{T}js_/{E}/s.js")
check(b == b"x=__dlL(location).host", "a script:", b)
check(h["Content-Type"].startswith("text/javascript"), "its type:",
      h["Content-Type"])
s, h, b = get(f"{T}js_/{E}/s.js", Sec_Fetch_Dest="worker")
check(b.startswith(b"try{importScripts("), "a worker:", b)
s, h, b = get(f"{T}/{E}/d.json")
check(b == b'{"u":"https://e.example/"}', "JSON:", b)

# Redirects stay in the archive and do not go round.
s, h, b = get(f"{T}/{E}/moved")
check(s == 301 and h["Location"] == f"{T}/{E}/next", "a redirect:", h)
s, h, b = get(f"{T}im_/{E}/moved")
check(h["Location"] == f"{T}im_/{E}/next", "in its form:", h["Location"])
s, h, b = get(f"{T}im_/http://e.example/self")
check(s == 200 and b"self" in b, "one to its own key:", s, h["Location"])

# Large ones.
s, h, b = get(f"{T}/{E}/large")
check(b.count(f"{T}/{E}/l'".encode()) == 150000, "a large page:", len(b))
check(b.endswith("café</a>\n".encode()), "its end:", b[-40:])
check("charset=utf-8" in h["Content-Type"].lower(), "its charset")
s, h, b = get(f"{T}/{E}/huge")
check(len(b) == 13 + (17 << 20) and "default-src 'self'" in
      h["Content-Security-Policy"], "one too large to rewrite:", s, len(b))
s, h, b = get(f"{T}/{E}/jp")
check("テスト".encode() in b and "utf-8" in h["Content-Type"], "ISO-2022-JP:", b)

# What is not there, was not there, is not to be seen.
s, h, b = get(f"{T}/{E}/<never>")
check(s == 404 and b"&lt;never&gt;" in b and b"<never>" not in b, "missing:", b)
check("default-src 'self'" in h["Content-Security-Policy"], "its policy")
s, h, b = get(f"{T}im_/{E}/never")
check(s == 404 and h["Content-Type"].startswith("text/plain"), "missing part")
check(get(f"{T}/{E}/gone")[0] == 404, "captured as missing")
for form in ("", "im_", "if_", "js_", "cs_", "mp_", "id_"):
    s, h, b = get(f"{T}{form}/https://hidden.example/")
    check(s in (403, 404, 451) and b"href" not in b, "hidden:", form, s, b)

# Beside the archive.
s, h, b = get("/logo.png?a", Referer=f"{REPLAY}{T}/{E}/x/",
              Sec_Fetch_Dest="image")
check(s == 307 and h["Location"] == f"{T}im_/{E}/logo.png?a", "a stray:", h)
s, h, b = get("/m.js", Referer=f"{REPLAY}{T}if_/{E}/", Sec_Fetch_Dest="script")
check(h["Location"] == f"{T}js_/{E}/m.js", "a stray script:", h["Location"])
for referer in ("", "https://evil.example/", f"{REPLAY}/web/-/client.js",
                f"{REPLAY}{T}/javascript:x"):
    check(get("/logo.png", Referer=referer)[0] == 404, "no stray:", referer)
s, h, b = get(f"{ROOT}{T}/{E}/")
check(s == 307 and h["Location"] == f"{REPLAY}{T}/{E}/", "its own origin:", h)

# The scripts of replay.
s, h, b = get("/web/-/sw.js")
check(s == 200 and h["Service-Worker-Allowed"] == "/web/", "the worker:", h)
s, h, b = get("/web/-/client.js")
check(s == 200 and b"install" in b, "the client")
check(get("/web/-/client.js", If_None_Match=h["ETag"])[0] == 304, "unchanged")
for form in ("js_", "id_", ""):
    s, h, b = get(f"{T}{form}/{E}/s.js", Service_Worker="script")
    check(s == 403 and b"location" not in b, "a captured worker:", form, s)
check(get("/web/-/sw.js", Service_Worker="script")[0] == 200, "our worker")
check(get("/web/-/../secret")[0] == 404, "no other file")
END
