#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# cdxj: the lines of every packing in three formats, keys of POSTs, damage told
# of, more lines than are sorted at a time.
. "$SOURCE/tests/e2e/lib/common.sh"

dl cdxj "$FIXTURES"/news-* >"$dir/cdxj"
dl cdxj --sort "$FIXTURES"/news-* "$FIXTURES"/news-2.warc >"$dir/sorted"
dl cdxj --all "$FIXTURES"/news-* >"$dir/all"
dl cdxj --format cdx11 "$FIXTURES"/news-2.warc >"$dir/cdx11"
dl cdxj --format cdx9 --sort "$FIXTURES"/news-2.warc >"$dir/cdx9"
exits 3 "$DATELINE" cdxj "$FIXTURES/damaged.warc.gz"
[ -s "$dir/out" ] || die "damage costs every line"
[ -s "$dir/err" ] || die "damage is not told of"

py <<'END'
def split(line):
    key, time, rest = line.split(" ", 2)
    return key, time, json.loads(rest)
rows = [split(line) for line in text("cdxj").splitlines()]
have = {(r["url"], time, r["filename"]) for key, time, r in rows}
want = {(c["url"], stamp(c["time"]),
         "data.warc.gz" if c["file"].endswith(".wacz") else c["file"])
        for c in expected["captures"]}
short = {(u, t) for u, t, f in have}
check({(u, t) for u, t, f in want} <= short,
      "captures without a line:", {(u, t) for u, t, f in want} - short)
names = ["url", "mime", "status", "digest", "length", "offset", "filename"]
for key, time, r in rows:
    check(list(r) == [n for n in names if n in r], "order of fields:", r)
    check(all(isinstance(v, str) for v in r.values()), "not text:", r)
check(any(r["mime"] == "warc/revisit" for _, _, r in rows), "no revisit")
lines_sorted = text("sorted").splitlines()
check(lines_sorted == sorted(set(text("cdxj").splitlines())), "not in order")
check(len(text("all").splitlines()) >
      sum(n for kinds in expected["files"].values()
          for kind, n in kinds.items() if kind != "metadata"),
      "--all leaves records out")
head, *body = text("cdx11").splitlines()
check(head == " CDX N b a m s k r M S V g", head)
check(all(len(line.split(" ")) == 11 for line in body) and body, body)
head, *body9 = text("cdx9").splitlines()
check(head == " CDX N b a m s k r V g", head)
check(all(len(line.split(" ")) == 9 for line in body9), body9)
check(body9 == sorted(body9) and len(body9) == len(body), "cdx9")
END

# A POST: its key carries the body, beside its answer in either order.
python3 - "$dir" <<'END'
import sys
def record(kind, rid, extra, block):
    head = (f"WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:x:{rid}>\r\n"
            f"WARC-Date: 2024-01-31T23:59:59Z\r\n{extra}"
            f"Content-Type: application/http;msgtype={kind}\r\n"
            f"Content-Length: {len(block)}\r\n\r\n")
    return head.encode() + block + b"\r\n\r\n"
uri = "WARC-Target-URI: http://e.example/post\r\n"
body = b"b=2&a=x+y"
post = (b"POST /post HTTP/1.1\r\nContent-Type: application/x-www-form-"
        b"urlencoded\r\nContent-Length: 9\r\n\r\n" + body)
ok = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=x\r\n\r\nhi"
with open(sys.argv[1] + "/post.warc", "wb") as f:
    f.write(record("request", 1, uri, post))
    f.write(record("response", 2, uri + "WARC-Concurrent-To: <urn:x:1>\r\n", ok))
    f.write(record("response", 3, uri, ok))
    f.write(record("request", 4, uri + "WARC-Concurrent-To: <urn:x:3>\r\n", post))
    f.write(record("response", 5, uri, ok))
with open(sys.argv[1] + "/many.warc", "wb") as f:
    for n in range(150000):
        i = n * 104729 % 150000
        f.write(record("resource", n, "WARC-Target-URI: http://e.example/"
                       f"{i:06d}\r\nWARC-Payload-Digest: sha1:AAAAAAAAAAAAAA"
                       "AAAAAAAAAAAAAAAAAA\r\n", b""))
END
dl cdxj --post "$dir/post.warc" >"$dir/posts"
dl cdxj --sort "$dir/many.warc" >"$dir/many"
py <<'END'
posts = text("posts").splitlines()
key = "example,e)/post?__wb_method=post&a=x%20y&b=2 "
check(len(posts) == 3, posts)
check(posts[0].startswith(key) and posts[1].startswith(key), posts)
check(posts[0].endswith('"filename": "post.warc", "requestBody": "b=2&a=x y", '
                        '"method": "POST"}'), posts[0])
check(posts[2].startswith("example,e)/post "), posts[2])
check('"mime": "text/plain"' in posts[2] and
      '"digest": "sha1:YIVV7ELYGQTASQUNN5I3FRNPJQF542SC"' in posts[2], posts[2])
many = text("many").splitlines()
check(len(many) == 150000 and many == sorted(many), "sorted in runs")
check(os.path.getsize(os.path.join(DIR, "many")) > 24 << 20, "too few")
END
