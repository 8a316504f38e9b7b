#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# serve --shards: three servers with a third of the URLs each answer, behind
# one, as one server with all of them; when one is silent the answer says so.
. "$SOURCE/tests/e2e/lib/common.sh"
cd "$dir"
pids=
stop() {
    # shellcheck disable=SC2086
    [ -z "$pids" ] || kill $pids 2>/dev/null || :
    rm -rf "$dir"
}
trap stop EXIT

# serve_on NAME OPTION...: sets $url to where it listens.
serve_on() {
    name=$1
    shift
    "$DATELINE" serve --listen 127.0.0.1:0 "$@" >"$name.out" 2>"$name.err" &
    pids="$pids $!"
    eval "pid_$name=$!"
    tries=0
    until grep -q 'archived pages' "$name.out"; do
        tries=$((tries + 1))
        [ $tries -lt 200 ] || die "$name does not start: $(cat "$name.err")"
        sleep 0.1
    done
    url=$(sed -n 's|.* on \(http://[^ ]*\)/$|\1|p' "$name.out" | head -n 1)
    replay=$(sed -n 's|^archived pages on \(http://[^ ]*\)/$|\1|p' "$name.out")
}

"$DATELINE" plan --tasks 3 -o plan "$FIXTURES"/news-* 2>/dev/null
for i in 0 1 2; do
    dl ingest -q --plan plan --task $i --out shards
done
: >hosts.toml
echo 'timeout = 3.0 # seconds' >hosts.toml
for k in 1 2 3; do
    dl merge --plan plan --shards shards --range $k/3 --store st
    serve_on shard$k --store "st.parts/0000$k-of-00003"
    printf '\n[[shard]]\nurl = "%s"\nreplay = "%s"\n' "$url" "$replay" \
        >>hosts.toml
done
dl ingest -q --store single "$FIXTURES"/news-*
serve_on one --store single
one=$url
serve_on front --shards hosts.toml
front=$url

ONE=$one FRONT=$front py <<'END'
import urllib.request, urllib.error, urllib.parse
ONE, FRONT = os.environ["ONE"], os.environ["FRONT"]
class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *a):
        return None
opener = urllib.request.build_opener(Stay)
def get(base, path, data=None):
    try:
        r = opener.open(urllib.request.Request(base + path, data=data), timeout=30)
    except urllib.error.HTTPError as e:
        r = e
    return r.status, dict(r.headers), r.read().decode("utf-8", "replace")
def same(path, change=lambda t: t):
    a, b = get(ONE, path), get(FRONT, path)
    check(a[0] == b[0], path, "gives", b[0], "not", a[0])
    check(change(a[2]) == change(b[2]), path, "differs:\n", a[2][:600], "\n", b[2][:600])
    check("Dateline-Partial" not in b[1], path, "is called partial")
    return b
story = "https://amp.northwire.example/national/2025/03/02/tolva-flood"
for query in ("url=example&matchType=domain", "url=example&matchType=domain&sort=reverse",
              "url=example&matchType=domain&limit=7", "url=" + story, "url=example&matchType=domain&output=json",
              "url=" + story + "&closest=2025&sort=closest", "url=nowhere.example",
              "url=example&matchType=domain&closest=soon", "url=example&matchType=domain&closest=2025&sort=closest", "url=example&matchType=domain&closest=soon&sort=closest",
              "url=example&matchType=domain&filter=mime:text/html&fl=urlkey,timestamp,status"):
    got = same("/cdx?" + query)
    check("nowhere" in query or len(got[2]) > 40, query, "gives nothing")
# Pages of seven, one after the other, are the whole.
whole, pages, key = get(FRONT, "/cdx?url=example&matchType=domain")[2], "", ""
for _ in range(100):
    page = get(FRONT, "/cdx?url=example&matchType=domain&limit=7&showResumeKey=true" + (key and "&resumeKey=" + key))[2]
    rows, _, key = page.partition("\n\n")
    pages += rows.rstrip("\n") + "\n"
    key = key.strip()
    if not key:
        break
check(pages == whole, "the pages are not the whole:", len(pages), len(whole))
check(get(FRONT, "/cdx?url=example&matchType=domain&showNumPages=true")[0] == 400, "pages are counted")

def captures(t):
    return [(c["url"], c["timestamp"], c["digest"]) for c in json.loads(t)["captures"]]
same("/api/v1/lookup?url=example&matchType=domain&limit=1000", captures)
same("/api/v1/find?lang=en&limit=1000", lambda t: sorted(captures(t)))
text = urllib.parse.quote("Firefighters brought 112 residents to safety by boat, among them the 97-year-old former postmaster")
# Each shard judges by what it knows itself: that a page only carries another's
# story may be seen by none of them.
def trace(t):
    t = json.loads(t)
    return [t["when"]["not_after"], t["when"]["first_story"],
            sorted((r["url"], r["time"]) for r in t["results"])]
got = trace(same("/api/v1/trace?q=" + text, trace)[2])
check(len(got[2]) > 3, "the trace finds little:", got)
a = get(ONE, "/api/v1/trace", b"Firefighters brought 112 residents to safety by boat")
b = get(FRONT, "/api/v1/trace", b"Firefighters brought 112 residents to safety by boat")
check(a[0] == b[0] == 200 and trace(a[2]) == trace(b[2]), "posted, the trace differs")
def figures(t):
    t = json.loads(t)
    return [t[k] for k in ("captures", "articles", "archives", "hosts", "months", "statuses", "sites", "languages")]
same("/api/v1/stats", figures)
same("/api/v1/sites?limit=100", lambda t: sorted((s["site"], s["captures"]) for s in json.loads(t)["sites"]))
same("/api/v1/calendar?url=example&matchType=domain", lambda t: json.loads(t)["days"])
same("/api/v1/show?url=" + story, lambda t: json.loads(t)["title"])
check(get(FRONT, "/api/v1/show?url=https://nowhere.example/")[0] == 404, "nowhere is shown")
status, headers, _ = get(FRONT, "/web/2025id_/" + story)
check(status == 307, "a page gives", status)
status, headers, body = get(headers["Location"].split("/web/")[0], "/web/20250302220500id_/" + story)
check(status == 200, "where it leads gives", status)
check(get(FRONT, "/web/2025id_/https://nowhere.example/")[0] == 404, "nowhere is replayed")
check(get(FRONT, "/web/20id_/" + story)[0] == 307, "half a year is no time")
check(get(FRONT, "/api/v1/export")[0] == 501, "exports")
check(get(FRONT, "/")[0] == 200, "there is no page")
END

# One is gone, then one is silent: said in header and JSON.
for how in KILL STOP; do
    [ $how = KILL ] && pid=$pid_shard3 || pid=$pid_shard2
    kill -$how "$pid"
    [ $how = STOP ] || wait "$pid" 2>/dev/null || :
    curl -s -D head -o body "$front/cdx?url=example&matchType=domain" ||
        die "no answer after $how"
    grep -qi '^dateline-partial: http' head || die "$how is not said: $(cat head)"
    [ -s body ] || die "after $how nothing is left"
    curl -s "$front/api/v1/lookup?url=example&matchType=domain" |
        grep -q '"partial":"http' || die "$how is not said in JSON"
done
kill -CONT "$pid_shard2"
kill -KILL "$pid_shard1" "$pid_shard2"
wait "$pid_shard1" "$pid_shard2" 2>/dev/null || : # until they are gone
[ "$(curl -s -o body -w '%{http_code}' "$front/api/v1/stats")" = 502 ] ||
    die "with no shard left: $(cat body)"

# What answers in a shard's place is not taken for it: it is said, and the
# others' answer stands.
cat >stranger.py <<'END'
import http.server, sys
ANSWERS = {"array": (200, "application/json", b"[1]"), "shape": (200, "application/json", b'{"captures":1}'),
           "empty": (200, "application/json", b""), "page": (200, "text/html", b"<p>welcome"),
           "sent": (302, "text/plain", b""), "locked": (401, "text/plain", b"who?"),
           "figures": (200, "application/json", b'{"captures":9223372036854775807}')}
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status, kind, body = ANSWERS[open("stranger.as").read()]
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *a):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
END
python3 stranger.py >stranger.port &
pids="$pids $!"
until [ -s stranger.port ]; do sleep 0.1; done
printf '[[shard]]\nurl = "http://127.0.0.1:%s"\n[[shard]]\nurl = "%s"\n' \
    "$(cat stranger.port)" "$one" >hosts.toml
serve_on front --shards hosts.toml
lookup="lookup?url=example&matchType=domain&limit=1000"
curl -s "$one/api/v1/$lookup" >whole
for as in array shape empty page sent locked; do
    printf %s $as >stranger.as
    curl -s -D head -o body "$url/api/v1/$lookup"
    grep -qi '^dateline-partial: http' head || die "$as: not said"
    AS=$as py <<'END'
whole, got = json.load(open("whole")), json.load(open("body"))
check("partial" in got, os.environ["AS"], "is not said in JSON")
check(got["captures"] == whole["captures"], os.environ["AS"], "changes what the other says")
END
done
for as in page sent locked; do
    printf %s $as >stranger.as
    curl -s -D head -o body "$url/cdx?url=example&matchType=domain"
    grep -qi '^dateline-partial: http' head || die "/cdx, $as: not said"
done
printf figures >stranger.as
curl -s "$url/api/v1/stats" | grep -q '"captures":9223372036854775807' ||
    die "figures are added beyond what a number holds"

# The silent are named whole, and nothing that stands behind their names.
for n in 1 2 3 4 5 6 7 8; do
    printf '[[shard]]\nurl = "http://127.0.0.1:1/%s"\n' \
        "$(printf '%020d' 0)" >>gone.toml
    serve_on gone$n --shards gone.toml
    [ "$(curl -s -o body -w '%{http_code}' "$url/api/v1/stats")" = 502 ] ||
        die "$n shards that are none answer"
    python3 -c 'import sys; t = open("body", "rb").read(); sys.exit(not t.isascii() or b"no shard answers" not in t)' ||
        die "with $n gone: $(cat body)"
done

# A file that makes no sense is refused with its line.
printf 'timeout = soon\n' >bad.toml
exits 4 "$DATELINE" serve --shards bad.toml --listen 127.0.0.1:0
grep -q 'bad.toml: line 1: timeout wants' err || die "says: $(cat err)"
printf '[[shard]]\nurl = "ftp://x"\n' >bad.toml
exits 4 "$DATELINE" serve --shards bad.toml --listen 127.0.0.1:0
grep -q 'bad.toml: line 2' err || die "says: $(cat err)"
echo "$test_name: three shards answer as one"
