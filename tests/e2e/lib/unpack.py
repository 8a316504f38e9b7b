# SPDX-License-Identifier: Apache-2.0
"""unpack.py FIXTURES DIR: the article pages of the fixtures as files in DIR,
with DIR/list (path TAB url a line) for `dateline extract --list`.

Reads the archives with nothing but the standard library; pages in brotli or
zstd, which it does not know, are left out.
"""
import gzip
import io
import json
import sys
import zipfile
import zlib


def archives(fixtures):
    yield gzip.decompress(open(fixtures + "/news-1.warc.gz", "rb").read())
    yield open(fixtures + "/news-2.warc", "rb").read()
    with zipfile.ZipFile(fixtures + "/news-5.wacz") as z:
        yield gzip.decompress(z.read("archive/news-5.warc.gz"))


def fields(head):
    pairs = (line.split(b":", 1) for line in head.split(b"\r\n")[1:])
    return {k.lower().decode(): v.strip().decode() for k, v in pairs}


def records(data):
    f = io.BytesIO(data)
    while True:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = f.readline()
            if not line:
                return
            head += line
        h = fields(head.rstrip())
        yield h, f.read(int(h["content-length"]))
        f.read(4)


def dechunk(body):
    out, f = b"", io.BytesIO(body)
    while size := int(f.readline(), 16):
        out += f.read(size)
        f.readline()
    return out


def main():
    fixtures, where = sys.argv[1:]
    wanted = {p["url"] for p in json.load(open(fixtures + "/expected.json", encoding="utf-8"))["pages"]}
    seen = set()
    with open(where + "/list", "w", encoding="utf-8") as listing:
        for data in archives(fixtures):
            for h, block in records(data):
                url = h.get("warc-target-uri")
                if h["warc-type"] != "response" or url not in wanted or url in seen:
                    continue
                head, body = block.split(b"\r\n\r\n", 1)
                http = fields(head)
                if http.get("transfer-encoding") == "chunked":
                    body = dechunk(body)
                coding = http.get("content-encoding")
                if coding in ("br", "zstd"):
                    continue
                if coding == "gzip":
                    body = gzip.decompress(body)
                elif coding == "deflate":
                    body = zlib.decompress(body)
                seen.add(url)
                path = f"{where}/{len(seen):02}.html"
                with open(path, "wb") as out:
                    out.write(body)
                listing.write(f"{path}\t{url}\n")
    if len(seen) < 10:
        sys.exit(f"only {len(seen)} pages were found")


main()
