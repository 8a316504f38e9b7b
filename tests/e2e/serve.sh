#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# labels: threads
#
# serve: captures as they were, CDX look-ups, the page; who is answered; what
# is ingested meanwhile; SIGTERM.  Speaks HTTP with curl.
. "$SOURCE/tests/e2e/lib/common.sh"
. "$SOURCE/tests/e2e/lib/serve.sh"

"$DATELINE" ingest "$FIXTURES"/news-1.warc.gz "$FIXTURES"/news-2.warc \
    "$FIXTURES"/news-3.warc.zst "$FIXTURES"/news-5.wacz >/dev/null 2>&1 ||
    die "the fixtures are not ingested"

start_server

story=https://amp.northwire.example/national/2025/03/02/tolva-flood

# ---- captures as they were
get nearest "web/2025id_/$story"
says nearest 302 "Location: /web/20250302220500id_/$story"
get latest "web/$story"
get capture "web/20250302220500id_/$story"
says capture 200 "Content-Type: text/html; charset=UTF-8" \
    "Content-Encoding: gzip" "X-Archive-Orig-Content-Encoding: gzip" \
    "Memento-Datetime: Sun, 02 Mar 2025 22:05:00 GMT" \
    \
    "Content-Security-Policy: sandbox; default-src 'self' data: blob: 'unsafe-inline'"
get head "web/20250302220500id_/$story" -I
says head 200 "Content-Length: $(wc -c <"$dir/capture.body" | tr -d ' ')"
curl -s -D "$dir/leads.head" -o /dev/null "${root}web/2025id_/$story?a=b"
says leads 307 "Location: ${replay}web/2025id_/$story?a=b"
get absent "web/2025id_/https://nowhere.example/"
says absent 404
get wrong "web/2025id_/"
says wrong 400

# Every capture of the fixtures, body for body as the archive has it.
dl cdxj --sort "$FIXTURES"/news-1.warc.gz "$FIXTURES"/news-2.warc \
    "$FIXTURES"/news-3.warc.zst >"$dir/lines"
ROOT=$replay py <<'END'
import hashlib, base64, urllib.request, urllib.error
class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *a):
        return None
opener = urllib.request.build_opener(Stay)
def fetch(path):
    try:
        r = opener.open(os.environ["ROOT"] + path, timeout=20)
    except urllib.error.HTTPError as e:
        r = e
    return r.status, r.headers, r.read()
seen = 0
for line in text("lines").splitlines():
    key, time, rest = line.split(" ", 2)
    row = json.loads(rest)
    if not row["url"].startswith("http"):
        continue
    status, headers, body = fetch(f"web/{time}id_/{row['url']}")
    digest = base64.b32encode(hashlib.sha1(body).digest()).decode()
    revisit = row["mime"] == "warc/revisit"
    check(revisit or str(status) == row["status"], row["url"], status)
    chunked = "chunked" in headers.get("X-Archive-Orig-Transfer-Encoding", "")
    check(chunked or digest in row["digest"], row["url"], time, digest, row)
    if 300 <= status < 400 and status != 304:
        check(headers.get("Location", "").startswith("/web/"),
              "a redirect leaves the archive:", headers.get("Location"))
    seen += 1
check(seen > 30, "only", seen, "captures")
END

# ---- CDX
get cdx "cdx?url=$story"
says cdx 200
get json "cdx?url=*.northwire.example&output=json&limit=3"
get none "cdx?url=https://nowhere.example/"
says none 200
# as pywb asks: the nearest first, then the bytes below the same name
get pywb "web-cdx?url=$story&closest=20250101000000&sort=closest&limit=10"
says pywb 200
cmp -s "$dir/pywb.body" "$dir/cdx.body" || die "web-cdx differs from cdx"
curl -s -D "$dir/pywb.head" -o "$dir/pywb.body" \
    "${replay}web-cdx?url=$story&closest=&sort=closest"
says pywb 200
cmp -s "$dir/pywb.body" "$dir/cdx.body" || die "web-cdx differs between origins"
for wrong in "matchType=exact" "url=$story&matchType=x" "url=$story&sort=x" \
    "url=$story&limit=x" "url=$story&limit=1e9" "url=$story&filter=~status:(" \
    "url=$story&resumeKey=x" "url=$story&page=99"; do
    get bad "cdx?$wrong"
    says bad 400
done
for fine in sort=default sort=reverse limit=-1 limit=0 output=x unknown=1; do
    get fine "cdx/search/cdx?url=$story&$fine"
    says fine 200
done
py <<'END'
line = text("cdx.body").split(" ", 2)
check(line[0] == "example,northwire,amp)/national/2025/03/02/tolva-flood"
      and line[1] == "20250302220500", "cdx:", line)
check(json.loads(line[2])["filename"] == "news-3.warc.zst", "file of", line)
rows = lines("json.body")
check(len(rows) == 3 and all("northwire" in r["url"] for r in rows), rows)
check(text("none.body") == "", "lines for an unknown URL")
END

# ---- the page
get page ""
says page 200 "Content-Type: text/html; charset=utf-8" \
    "X-Content-Type-Options: nosniff" "Referrer-Policy: no-referrer"
grep -qi "^content-security-policy: default-src 'none'" "$dir/page.head" ||
    die "the page has no strict policy"
get style style.css
says style 200 "Content-Type: text/css; charset=utf-8"
get captures "plain?q=$story"
grep -q "/web/20250302220500id_/$story" "$dir/captures.body" ||
    die "the page does not list the capture"
get site "plain?q=*.northwire.example"
grep -q "Captures of this site" "$dir/site.body" || die "no captures of a site"
get trace plain -G --data-urlencode \
    "q=Halden Bridge shut for weeks as crack is found in girder"
grep -q "First seen in this archive" "$dir/trace.body" ||
    die "the page does not trace a headline"
get nothing plain -G --data-urlencode "q=zyzzyva quokka umbrage"
grep -q "not in this store" "$dir/nothing.body" || die "a find for nonsense"
get inject plain -G --data-urlencode "q=\"><script>alert('x')</script> & more"
! grep -q "<script" "$dir/inject.body" || die "input comes back as markup"

# ---- who is answered, and how
get stranger "" -H "Host: evil.example"
says stranger 421
get nameless "" -H "Host:"
says nameless 421
get local "" -H "Host: localhost:1"
says local 200
get post "" -d q=x
says post 405 "Allow: GET, HEAD"
get elsewhere "etc/passwd"
says elsewhere 404
get up "../../etc/passwd"
says up 404

# ---- what is ingested meanwhile
get before "cdx?url=*.example&fl=filename&limit=10000"
! grep -q news-4 "$dir/before.body" || die "news-4 is there already"
"$DATELINE" ingest "$FIXTURES"/news-4.arc.gz >/dev/null 2>&1 ||
    die "news-4 is not ingested"
get after "cdx?url=*.test&matchType=domain&fl=filename&limit=10000"
get after2 "cdx?url=*.example&fl=filename&limit=10000"
cat "$dir/after.body" "$dir/after2.body" | grep -q news-4 ||
    die "new captures do not show"

# ---- the end
kill -TERM $server
rc=0
wait $server || rc=$?
[ "$rc" -eq 0 ] || die "SIGTERM ends it with $rc: $(cat "$dir/served")"
[ ! -s "$dir/served" ] || die "it says: $(cat "$dir/served")"
exits 4 "$DATELINE" serve --store "$dir/none" --listen 127.0.0.1:0
exits 2 "$DATELINE" serve --listen nonsense
exits 2 "$DATELINE" serve --listen nonsense:1
