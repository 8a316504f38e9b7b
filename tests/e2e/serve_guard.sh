#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# serve: who is answered and what is shown: accounts, access rules on every
# route, pages of other origins, limits.  The commands keep the same rules.
. "$SOURCE/tests/e2e/lib/common.sh"
. "$SOURCE/tests/e2e/lib/serve.sh"

dl ingest -q "$FIXTURES"/news-*
blocked=https://www.dailybeacon.test/i/c.gif
cat >"$dir/rules" <<'END'
example,northwire)/ - {"access": "exclude"}
example,northwire, - {"access": "exclude"}
example,northwire)/ - {"access": "allow", "user": "ann"}
example,northwire, - {"access": "allow", "user": "ann"}
test,dailybeacon)/ - {"access": "block"}
END
hash=$(printf 'tok' | sha256sum | cut -d ' ' -f 1)
if command -v openssl >/dev/null; then
    password=$(openssl passwd -6 -salt pepper 'se:cret')
else
    password='$6$pepper$none'
fi
printf '# who\nann:%s\nfeed:bearer:%s\n' "$password" "$hash" >"$dir/auth"

# ---- the commands
dl find --format jsonl --access "$dir/rules" >"$dir/find"
dl find --format jsonl --access "$dir/rules" --user ann >"$dir/ann"
dl export --access "$dir/rules" >"$dir/export"
dl stats --format json --access "$dir/rules" >"$dir/stats"
story=https://amp.northwire.example/national/2025/03/02/tolva-flood
for command in lookup show cite versions; do
    exits 1 "$DATELINE" $command "$story" --access "$dir/rules"
    exits 0 "$DATELINE" $command "$story" --access "$dir/rules" --user ann
done
exits 1 "$DATELINE" cite $blocked --access "$dir/rules"
exits 1 "$DATELINE" show --payload $blocked --access "$dir/rules"
dl lookup $blocked --access "$dir/rules" >/dev/null
headline="Hundreds spend night in school halls as Tolva river bursts its banks"
dl trace --format json --access "$dir/rules" "$headline" >"$dir/trace"
dl stories --format jsonl --access "$dir/rules" >"$dir/stories"
py <<'END'
for name in ["find", "export", "trace", "stories", "stats"]:
    check("northwire.example/" not in text(name) and "amp.northwire" not in text(name), name, "shows what is excluded")
for name in ["export", "trace", "stories"]:
    check("dailybeacon" not in text(name), name, "shows what is blocked")
check("dailybeacon" in text("find"), "a blocked capture is known to be there")
check("northwire" in text("ann"), "rules of a user")
END

# ---- every route
start_server --auth-file "$dir/auth" --access "$dir/rules" \
    --allow-origin https://room.example
ROOT=$root REPLAY=$replay PASSWORD=$password STORY=$story BLOCKED=$blocked \
    HEADLINE=$headline py <<'END'
import base64, socket, time, urllib.parse, urllib.request, urllib.error
ROOT, REPLAY = os.environ["ROOT"].rstrip("/"), os.environ["REPLAY"].rstrip("/")
STORY, BLOCKED = os.environ["STORY"], os.environ["BLOCKED"]
def basic(name, password):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()
FEED, ANN = "Bearer tok", basic("ann", "se:cret")
class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *a):
        return None
opener = urllib.request.build_opener(Stay)
def get(path, auth=FEED, method="GET", data=None, **headers):
    url = path if path.startswith("http") else ROOT + path
    h = {k.replace("_", "-"): v for k, v in headers.items()}
    if auth:
        h["Authorization"] = auth
    try:
        r = opener.open(urllib.request.Request(url, headers=h, method=method, data=data), timeout=30)
    except urllib.error.HTTPError as e:
        r = e
    return r.status, r.headers, r.read()

# accounts: on both origins, on every route
q = urllib.parse.quote
routes = ["/", "/ui/none.js", "/cdx?url=" + q(STORY), "/cdx/search/cdx?url=" + q(STORY),
          "/api/v1/openapi.json", "/api/v1/config", "/api/v1/stats", "/api/v1/sites",
          "/api/v1/lookup?url=" + q(STORY), "/api/v1/find?lang=en", "/api/v1/calendar?url=" + q(STORY),
          "/api/v1/trace?q=" + q(os.environ["HEADLINE"]), "/api/v1/show?url=" + q(STORY),
          "/api/v1/versions?url=" + q(STORY), "/api/v1/cite?url=" + q(STORY), "/api/v1/export",
          REPLAY + "/web/2025id_/" + STORY, REPLAY + "/web/timegate/" + STORY,
          REPLAY + "/web/timemap/link/" + STORY, REPLAY + "/web/timemap/json/" + STORY,
          "/record/news-3.warc.zst/325", "/no/such/page"]
strangers = [None, "Bearer nope", "Bearer", "Basic", "Basic !!!", basic("ann", "wrong"),
         basic("ann", ""), basic("nobody", "se:cret"), basic("feed", "tok"), "Digest x"]
for route in routes:
    for auth in strangers[:2]:
        status, h, body = get(route, auth)
        check(status == 401 and h["WWW-Authenticate"].startswith("Basic "), route, auth, status)
for auth in strangers:
    check(get("/api/v1/config", auth)[0] == 401, "let in:", auth)
check(get("/api/v1/config", FEED)[0] == 200, "token")
if not os.environ["PASSWORD"].endswith("$none"):
    for i in range(3):
        check(get("/api/v1/config", ANN)[0] == 200, "password")
    check(STORY in get("/api/v1/lookup?url=" + q(STORY), ANN)[2].decode(), "rules of a user")
    check(b'"captures":[]' in get("/api/v1/lookup?url=" + q(STORY), FEED)[2].replace(b" ", b""),
          "the cache of one user serves another")

# rules: what is excluded shows nowhere
for route in routes:
    status, h, body = get(route)
    said = body.decode("utf-8", "replace").replace("https:\\/\\/", "https://")
    if "/timegate/" in route:
        check(status == 404, route, status)
        continue
    check("amp.northwire" not in said or status in (400, 404), route, "shows what is excluded:", said[:300])
for route in ["/api/v1/show?url=", "/api/v1/cite?url="]:
    check(get(route + q(STORY))[0] == 404, route)
check(get("/record/news-3.warc.zst/325")[0] == 404, "its record")
check(get("/api/v1/versions?url=" + q(STORY))[2].find(b'"version":1') < 0, "versions")
# blocked: known to be there, not given
status, h, body = get(REPLAY + "/web/2025id_/" + BLOCKED)
status, h, body = get(REPLAY + h["Location"])
check(status == 451, "raw:", status)
check(get("/api/v1/cite?url=" + q(BLOCKED))[0] == 451, "cite")
status, h, body = get("/cdx?output=json&url=" + q(BLOCKED))
row = json.loads(body)
check(get(f"/record/{row['filename']}/{row['offset']}")[0] == 451, "record")
for route in ["/api/v1/export", "/api/v1/trace?q=" + q(os.environ["HEADLINE"])]:
    check(b"dailybeacon" not in get(route)[2], route, "shows what is blocked")
# rules that change hold at once; ones that cannot be read let nobody see
rules = os.path.join(DIR, "rules")
kept = open(rules).read()
time.sleep(0.05)
open(rules, "w").write("nonsense\n")
status, h, body = get("/cdx?url=" + q(STORY))
check(status == 500 and b"access rules" in body, "broken rules:", status, body)
open(rules, "w").write("example, - {\"access\": \"exclude\"}\n")
check(get("/cdx?url=*.old-lantern.example")[2] == b"", "changed rules")
open(rules, "w").write(kept)

# pages of other origins
for site, mode, allowed in [("same-origin", "cors", True), ("none", "navigate", True),
                            ("cross-site", "navigate", True), ("cross-site", "cors", False),
                            ("same-site", "no-cors", False), ("same-site", "cors", False)]:
    status, h, body = get("/api/v1/config", Sec_Fetch_Site=site, Sec_Fetch_Mode=mode)
    check((status == 200) == allowed, site, mode, status)
check(get("/api/v1/trace", method="POST", data=b"text", Sec_Fetch_Site="cross-site",
          Sec_Fetch_Mode="navigate")[0] == 403, "a form of elsewhere")
status, h, body = get("/api/v1/config", Origin="https://room.example", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="cors")
check(status == 200 and h["Access-Control-Allow-Origin"] == "https://room.example", "CORS:", status)
status, h, body = get("/api/v1/config", Origin="https://evil.example")
check(h["Access-Control-Allow-Origin"] is None, "CORS for anyone")
status, h, body = get("/api/v1/trace", None, "OPTIONS", Origin="https://room.example")
check(status == 204 and "POST" in h["Access-Control-Allow-Methods"], "preflight:", status)
check(get("/api/v1/trace", None, "OPTIONS", Origin="https://evil.example")[0] in (401, 405), "preflight for anyone")

# headers of every kind of page
for route in routes:
    status, h, body = get(route)
    check(h["X-Content-Type-Options"] == "nosniff", route, "nosniff")
    check(h["Set-Cookie"] is None, route, "a cookie")
    check(h["Server"] is None, route, "Server")
    if not "/web/" in route:
        check("default-src 'none'" in (h["Content-Security-Policy"] or ""), route, "policy")
        check("unsafe" not in (h["Content-Security-Policy"] or ""), route, "unsafe policy")

# sizes and odd requests
check(get("/api/v1/trace", method="POST", data=b"x" * 100)[0] == 200, "POST")
try:
    status = get("/api/v1/trace", method="POST", data=b"x y " * (1 << 20))[0]
except (urllib.error.URLError, ConnectionError, BrokenPipeError):
    status = 413
check(status == 413, "a large body:", status)
for method in ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"]:
    check(get("/cdx?url=x", method=method)[0] in (405, 501, 400), method)
def raw(data, port):
    s = socket.create_connection(("127.0.0.1", port), timeout=20)
    s.sendall(data)
    out = b""
    try:
        while chunk := s.recv(65536):
            out += chunk
    except (ConnectionError, socket.timeout):
        pass
    s.close()
    return out
ports = [int(o.rsplit(":", 1)[1]) for o in (ROOT, REPLAY)]
HEAD = b"\r\nHost: localhost\r\nAuthorization: Bearer tok\r\nConnection: close\r\n\r\n"
for port in ports:
    for target in [b"/web/2025id_/http://x/%0d%0aSet-Cookie:a=b", b"/web/2025/%0d%0aX: y",
                   b"/web/timegate/http://x/\rX:y", b"/web/2025id_/http://x/\x01",
                   b"//web/2025id_/x", b"/../../etc/passwd", b"/web/../../etc/passwd",
                   b"/record/../../etc/passwd/0", b"/record/%2e%2e%2fetc%2fpasswd/0",
                   b"/record//etc/passwd/0", b"/ui/../server.c", b"/ui/%2e%2e/x", b"*",
                   b"http://evil.example/", b"/cdx?url=%00%0d%0aX:%20y"]:
        out = raw(b"GET " + target + b" HTTP/1.1" + HEAD, port)
        head = out.split(b"\r\n\r\n")[0]
        check(b"\r\nSet-Cookie" not in head and b"\r\nX: y" not in head, target, "injects", head)
        check(b"root:" not in out, target)
        check(b" 200 " not in head.split(b"\r\n")[0] or target.startswith(b"/cdx"), target, head)
    check(b" 421 " in raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", port)[:20], "two hosts")
    check(b" 4" in raw(b"GET / HTTP/1.1\r\n\r\n", port)[:20], "no host")
    check(b" 4" in raw(b"GET " + b"/" * 100000 + b" HTTP/1.1" + HEAD, port)[:20], "a long target")
END
kill -TERM $server
wait $server || die "it ends with $?"
[ ! -s "$dir/served" ] || die "it says: $(cat "$dir/served")"

# ---- files that make no sense
printf 'ann:plain\n' >"$dir/bad"
exits 4 "$DATELINE" serve --listen 127.0.0.1:0 --auth-file "$dir/bad"
exits 4 "$DATELINE" serve --listen 127.0.0.1:0 --auth-file "$dir/none"
exits 4 "$DATELINE" serve --listen 127.0.0.1:0 --access "$dir/none"
echo "$test_name: all good"
