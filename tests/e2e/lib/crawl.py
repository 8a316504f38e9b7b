# SPDX-License-Identifier: Apache-2.0
"""Make small crawls: `from crawl import Crawl`, then

    c = Crawl("file.warc")
    c.page("https://a.example/x", "2024-05-02T10:00:00Z", title, paragraphs)
    c.add(url, time, status, body, headers)
    c.close()
"""
import base64
import hashlib
import html
import uuid


def page(title, paragraphs, head="", after="", lead=""):
    """An article as a plain news site prints it."""
    text = "".join("<p>%s</p>\n" % html.escape(p, False) for p in paragraphs)
    return ("<!DOCTYPE html><html lang=en><head><meta charset=utf-8>"
            "<title>%s</title>%s</head><body><header><a href=/>Home</a> "
            "<a href=/news>News</a></header><main><article><h1>%s</h1>%s%s"
            "</article>%s</main><footer>All rights reserved</footer></body></html>"
            % (html.escape(title), head, html.escape(title), lead, text, after))


class Crawl:
    def __init__(self, path):
        self.out = open(path, "wb")
        self.record("warcinfo", None, "2024-05-01T00:00:00Z",
                    b"software: crawl.py\r\n", "application/warc-fields")

    def record(self, kind, url, time, block, content, extra=""):
        name = uuid.uuid5(uuid.NAMESPACE_URL, "%s %s %s" % (kind, url, time))
        head = "WARC/1.0\r\nWARC-Type: %s\r\n" % kind
        if url:
            head += "WARC-Target-URI: %s\r\n" % url
        head += ("WARC-Date: %s\r\nWARC-Record-ID: <urn:uuid:%s>\r\n"
                 "Content-Type: %s\r\n%sContent-Length: %d\r\n\r\n"
                 % (time, name, content, extra, len(block)))
        self.out.write(head.encode() + block + b"\r\n\r\n")

    def add(self, url, time, status, body, headers="", mime="text/html; charset=utf-8", extra=""):
        body = body.encode()
        http = ("HTTP/1.1 %d Answer\r\nContent-Type: %s\r\n%s\r\n"
                % (status, mime, headers)).encode() + body
        digest = base64.b32encode(hashlib.sha1(body).digest()).decode()
        self.record("response", url, time, http, "application/http; msgtype=response",
                    "WARC-Payload-Digest: sha1:%s\r\n%s" % (digest, extra))

    def page(self, url, time, title, paragraphs, headers="", extra="", **more):
        self.add(url, time, 200, page(title, paragraphs, **more), headers, extra=extra)

    def close(self):
        self.out.close()
