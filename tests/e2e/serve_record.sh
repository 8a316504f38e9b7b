#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# serve: WARC records as they are stored, whole and in ranges (RFC 9110), and
# bodies too large to be held.
. "$SOURCE/tests/e2e/lib/common.sh"
. "$SOURCE/tests/e2e/lib/serve.sh"

# A body of 80 MB, one of as much in chunks, and one cut short.
python3 - "$dir" <<'END'
import gzip, sys
big = bytes(range(256)) * 4096 * 80
chunked = b"".join(b"%x;x=y\r\n%s\r\n" % (len(big) // 80, big[i * 1048576:(i + 1) * 1048576])
                   for i in range(80)) + b"0\r\n\r\n"
rows = [("whole", b"Content-Length: %d" % len(big), big, 0),
        ("chunked", b"Transfer-Encoding: chunked", chunked, 0),
        ("cut", b"Content-Length: %d" % len(big), big, 0)]
with open(sys.argv[1] + "/big.warc.gz", "wb") as f:
    for name, field, body, cut in rows:
        block = b"HTTP/1.1 200 OK\r\nContent-Type: video/x\r\n" + field + b"\r\n\r\n" + body
        rec = (b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:x:%s>\r\n"
               b"WARC-Target-URI: http://e.example/%s\r\nWARC-Date: 2024-01-01T00:00:00Z\r\n"
               b"Content-Type: application/http;msgtype=response\r\nContent-Length: %d\r\n\r\n"
               % (name.encode(), name.encode(), len(block))) + block + b"\r\n\r\n"
        f.write(gzip.compress(rec, 1))
END
dl ingest -q "$FIXTURES"/news-* "$dir/big.warc.gz"
start_server
ROOT=$root REPLAY=$replay SERVER=$server py <<'END'
import hashlib, urllib.request, urllib.error
ROOT, REPLAY = os.environ["ROOT"].rstrip("/"), os.environ["REPLAY"].rstrip("/")
def get(path, method="GET", **headers):
    req = urllib.request.Request(ROOT + path, method=method, headers={
        k.replace("_", "-"): v for k, v in headers.items()})
    try:
        r = urllib.request.urlopen(req, timeout=60)
    except urllib.error.HTTPError as e:
        r = e
    return r.status, r.headers, r.read()

# every capture of the fixtures, by its CDX line, against the file
rows = []
for host in ["*.example", "*.test"]:
    body = urllib.request.urlopen(f"{ROOT}/cdx?url={host}&output=json&limit=1000").read().decode()
    rows += [json.loads(line) for line in body.splitlines()]
seen = 0
for row in rows:
    name, start, length = row["filename"], int(row["offset"]), int(row["length"])
    if name.startswith("big") or not os.path.exists(f"{FIXTURES}/{name}"):
        continue
    stored = open(f"{FIXTURES}/{name}", "rb").read()
    want = stored[start:start + length]
    status, h, body = get(f"/record/{name}/{start}")
    if status == 400: # compressed as a whole
        continue
    check(status == 200 and body == want, name, start, status, len(body), length)
    check(h["Content-Type"] == "application/warc" and h["Accept-Ranges"] == "bytes", h)
    status, h, body = get(f"/record/{name}", Range=f"bytes={start}-{start + length - 1}")
    check(status == 206 and body == want, name, start, status)
    check(h["Content-Range"] == f"bytes {start}-{start + length - 1}/{len(stored)}", h["Content-Range"])
    seen += 1
    good = name, start, length, want
check(seen > 20, "only", seen, "records")

name, start, length, want = good
path, tag = f"/record/{name}/{start}", None
status, h, body = get(path, "HEAD")
tag = h["ETag"]
check(status == 200 and body == b"" and int(h["Content-Length"]) == length, "HEAD")
for given, part in [("bytes=0-9", want[:10]), ("bytes=10-", want[10:]), ("bytes=-5", want[-5:]),
                    (f"bytes=5-{length + 99}", want[5:]), (f"bytes=-{length + 9}", want)]:
    status, h, body = get(path, Range=given)
    first = length - len(part) if given.startswith("bytes=-") or given == "bytes=10-" else int(given[6:].split("-")[0])
    check(status == 206 and body == part, given, status, len(body))
    check(h["Content-Range"] == f"bytes {first}-{first + len(part) - 1}/{length}", given, h["Content-Range"])
for given in [f"bytes={length}-", "bytes=-0", f"bytes={1 << 40}-"]:
    status, h, body = get(path, Range=given)
    check(status == 416 and h["Content-Range"] == f"bytes */{length}", given, status)
for given in ["lines=1-2", "bytes=0-1,4-5"]:
    check(get(path, Range=given)[0] == 200, given, "is to be ignored")
check(get(path, Range="bytes=0-9", If_Range=tag)[0] == 206, "If-Range that holds")
check(get(path, Range="bytes=0-9", If_Range='"other"')[0] == 200, "If-Range that does not")
for bad, want in [(f"/record/{name}/{start + 1}", 404), (f"/record/{name}/999999999", 404),
                  ("/record/none.warc.gz/0", 404), (f"/record/{name}", 400), ("/record/", 400),
                  (f"/record/{name}/x", 400), ("/record/..%2f..%2fetc%2fpasswd/0", 404)]:
    check(get(bad)[0] == want, bad, get(bad)[0], "not", want)
check(get(f"/record/{name}", Range=f"bytes={start + 1}-{start + 9}")[0] == 404, "not at a record")

# large bodies, with no more memory than small ones
def rss():
    with open(f"/proc/{os.environ['SERVER']}/status") as f:
        return int(next(l for l in f if l.startswith("VmRSS")).split()[1])
before, digest = rss(), hashlib.sha1(bytes(range(256)) * 4096 * 80).hexdigest()
for name in ["whole", "chunked"]:
    r = urllib.request.urlopen(f"{REPLAY}/web/20240101000000id_/http://e.example/{name}", timeout=120)
    h = hashlib.sha1()
    while piece := r.read(1 << 20):
        h.update(piece)
    check(h.hexdigest() == digest, name, "is not what was captured")
# ThreadSanitizer's own memory is no measure
grown = rss() - before
check(grown < 30000 or "san.so" in open(f"/proc/{os.environ['SERVER']}/maps").read(), "memory grew by", grown, "KB")
r = urllib.request.urlopen(f"{REPLAY}/web/20240101000000id_/http://e.example/cut", timeout=60)
r.read(100000)
r.close()
check(get("/api/v1/config")[0] == 200, "a client that went away")
END
kill -TERM $server
wait $server || die "it ends with $?"
[ ! -s "$dir/served" ] || die "it says: $(cat "$dir/served")"
echo "$test_name: all good"
