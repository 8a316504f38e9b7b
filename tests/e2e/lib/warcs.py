# SPDX-License-Identifier: Apache-2.0
"""WARC files read with the standard library alone, for the tests: a gzip member
at a time, each of which has to hold one whole record."""
import base64
import gzip
import hashlib
import zlib


def members(data):
    """(offset, length, content) of each gzip member."""
    at = 0
    while at < len(data):
        z = zlib.decompressobj(31)
        content = z.decompress(data[at:])
        assert z.eof, "cut member at %d" % at
        length = len(data) - at - len(z.unused_data)
        yield at, length, content
        at += length


class Record:
    def __init__(self, raw, offset=0, length=0):
        self.raw, self.offset, self.length = raw, offset, length
        head, _, rest = raw.partition(b"\r\n\r\n")
        lines = head.decode("utf-8", "replace").split("\r\n")
        self.version = lines[0]
        assert self.version.startswith("WARC/"), self.version
        self.fields = [tuple(line.split(": ", 1)) for line in lines[1:]]
        n = int(self["Content-Length"])
        self.block, self.end = rest[:n], rest[n:]
        self.type = self["WARC-Type"]
        self.id = self["WARC-Record-ID"]
        self.url = self["WARC-Target-URI"]

    def __getitem__(self, name):
        for k, v in self.fields:
            if k.lower() == name.lower():
                return v
        return None

    def all(self, name):
        return [v for k, v in self.fields if k.lower() == name.lower()]

    def faults(self):
        """What is wrong with it by the standard."""
        if len(self.block) != int(self["Content-Length"]):
            yield "block of %d bytes" % len(self.block)
        if self.end != b"\r\n\r\n":
            yield "ends in %r" % self.end[:20]
        for name in ("WARC-Type", "WARC-Record-ID", "WARC-Date"):
            if not self[name]:
                yield "no " + name
        said = self["WARC-Block-Digest"]
        if said and said != sha1(self.block):
            yield "block digest"
        said = self["WARC-Payload-Digest"]
        if said and self.type in ("response", "resource") and said != sha1(self.payload()):
            yield "payload digest " + said + " " + sha1(self.payload())

    def payload(self):
        """Without the chunks of a chunked body."""
        if not (self["Content-Type"] or "").startswith("application/http"):
            return self.block
        head, _, body = self.block.partition(b"\r\n\r\n")
        if b"transfer-encoding: chunked" not in head.lower():
            return body
        out = b""
        while body:
            size, _, body = body.partition(b"\r\n")
            n = int(size.split(b";")[0], 16)
            if n == 0:
                break
            out, body = out + body[:n], body[n + 2:]
        return out


def sha1(data):
    return "sha1:" + base64.b32encode(hashlib.sha1(data).digest()).decode()


def read(path):
    data = open(path, "rb").read()
    return [Record(content, at, length) for at, length, content in members(data)]


def read_plain(data):
    """Records of uncompressed bytes."""
    at, out = 0, []
    while at < len(data):
        head = data.index(b"\r\n\r\n", at) + 4
        n = next(int(line.split(b":")[1]) for line in data[at:head].split(b"\r\n")
                 if line.lower().startswith(b"content-length:"))
        end = head + n + 4
        out.append(Record(data[at:end], at, end - at))
        at = end
    return out


def unpack(path):
    data = open(path, "rb").read()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
