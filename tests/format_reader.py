#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Read a dateline store by its description alone (src/index/FORMAT.md).

  format_reader.py STORE            captures, a line each, fields by tabs
  format_reader.py STORE --articles articles: ordinal, site, title, text
  format_reader.py STORE --counts   entries of each table as they decode
  format_reader.py STORE --hex      the first block of captures, in hex

Nothing of dateline is used, nor LMDB: pages are walked here.  Texts need the
program zstd.
"""
import base64
import datetime
import os
import struct
import subprocess
import sys
import tempfile

NO_PAGE = (1 << 64) - 1


class Sealed:
    """An LMDB file followed by checksums and a footer."""

    def __init__(self, path):
        with open(path, 'rb') as f:
            self.data = f.read()
        magic, pages, self.size, _ = struct.unpack('<8sQQQ', self.data[-32:])
        assert magic == b'DTLSEAL1', path
        assert len(self.data) == pages * (self.size + 8) + 32, path
        metas = []
        for n in (0, 1):
            meta = self.data[n * self.size + 16:n * self.size + 152]
            assert struct.unpack('<II', meta[:8]) == (0xBEEFC0DE, 1), path
            metas.append((struct.unpack('<Q', meta[128:136])[0], meta))
        root = struct.unpack('<Q', max(metas)[1][24 + 48 + 40:24 + 96])[0]
        self.tables = {k: struct.unpack('<Q', v[40:48])[0]
                       for k, v in self.walk(root)}

    def walk(self, number):
        """(key, value) of the tree at this page, in order."""
        if number == NO_PAGE:
            return
        page = self.data[number * self.size:(number + 1) * self.size]
        flags, lower = struct.unpack('<HH', page[10:14])
        for i in range((lower - 16) // 2):
            at = struct.unpack('<H', page[16 + 2 * i:18 + 2 * i])[0]
            lo, hi, node, klen = struct.unpack('<HHHH', page[at:at + 8])
            key = page[at + 8:at + 8 + klen]
            if flags & 1:  # a branch: the child's number
                yield from self.walk(lo | hi << 16 | node << 32)
                continue
            length, start = lo | hi << 16, at + 8 + klen
            if node & 1:  # the value stands on pages of its own
                first = struct.unpack('<Q', page[start:start + 8])[0]
                start = first * self.size + 16
                yield key, self.data[start:start + length]
            else:
                yield key, page[start:start + length]

    def table(self, name):
        return self.walk(self.tables.get(name.encode(), NO_PAGE))


class Bytes:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        assert self.at + n <= len(self.data)
        self.at += n
        return self.data[self.at - n:self.at]

    def number(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def fixed(self, width):
        return int.from_bytes(self.take(width), 'little')

    def text(self):
        return self.take(self.number())

    def more(self):
        return self.at < len(self.data)


def usual_url(key, form):
    if b')' not in key:
        return key
    host, path = key.split(b')', 1)
    host, colon, port = host.partition(b':')
    host = b'.'.join(reversed(host.split(b',')))
    if form & 4 and path == b'/':
        path = b''
    return (b'https://' if form & 1 else b'http://') + \
        (b'www.' if form & 2 else b'') + host + colon + port + path


def digest_text(kind, value):
    if kind == 1:
        return base64.b32encode(value).decode()
    return {2: 'sha256', 3: 'sha512', 4: 'md5'}[kind] + ':' + value.hex()


def read_kinds(segment):
    kinds, b = [None], Bytes(dict(segment.table('meta'))[b'kinds'])
    while b.more():
        kinds.append((b.number(), b.text()))
    return kinds


def captures(segment):
    """Captures of a segment in order, as dictionaries."""
    kinds = read_kinds(segment)
    ordinal = 0
    for _, value in segment.table('urls'):
        b = Bytes(value)
        count, first = b.number(), b.number()
        assert first == ordinal
        base, w0, w1, w2 = struct.unpack('<QBBB', b.take(11))
        widths = (w0 & 15, w0 >> 4, w1 & 15, w1 >> 4, w2)
        key = b''
        for _ in range(count):
            shared = b.number()
            key = key[:shared] + b.text()
            row = Bytes(b.text())
            time, file, offset, length, article = map(row.fixed, widths)
            c = {'key': key, 'file': file, 'offset': offset, 'length': length,
                 'time': base + time - (1 << 63), 'ordinal': ordinal}
            head = row.take(1)[0]
            c['article'] = article if head & 64 else None
            c['digest'] = ''
            if head & 3 == 1:
                c['digest'] = digest_text(1, row.take(20))
            elif head & 3 == 2:
                kind, n = row.take(2)
                c['digest'] = digest_text(kind, row.take(n))
            elif head & 3 == 3:
                at = row.fixed(2)
                c['digest'] = digest_text(1, value[at:at + 20])
            c['flags'] = row.number()
            kind = row.number()
            c['status'], c['mime'] = \
                kinds[kind] if kind else (row.number(), row.text())
            url = usual_url(key, row.take(1)[0])
            if head & 4:
                pre, suf = row.number(), row.number()
                url = url[:pre] + row.text() + url[len(url) - suf:]
            c['url'] = url
            c['redirect'] = row.text() if head & 8 else b''
            c['record'] = row.take(16).hex() if head & 48 == 16 else \
                row.text().decode() if head & 48 == 32 else ''
            assert not row.more()
            yield c
            ordinal += 1


def postings(segment, table, split):
    """(key, value) or (key, high, low) of a table of postings."""
    for k, v in segment.table(table):
        key, value = struct.unpack('>QQ', k)
        high, low = value >> 32, value & 0xffffffff
        yield (key, high, low) if split else (key, value)
        b = Bytes(v)
        while b.more():
            step = b.number()
            key += step
            if split:
                a, c = b.number(), b.number()
                low = low + c if step == 0 and a == 0 else c
                high = high + a if step == 0 else a
                yield key, high, low
            else:
                value = value + b.number() if step == 0 else b.number()
                yield key, value


def unpack(frame, dictionary):
    with tempfile.NamedTemporaryFile() as f:
        f.write(dictionary or b'')
        f.flush()
        options = ['-D', f.name] if dictionary else []
        return subprocess.run(['zstd', '-dcq'] + options, input=frame,
                              stdout=subprocess.PIPE, check=True).stdout


def articles(segment):
    dictionaries = {struct.unpack('>I', k)[0]: v
                    for k, v in segment.table('dictionaries')}
    texts = {}
    for k, v in segment.table('articles'):
        ordinal = struct.unpack('>I', k)[0]
        b = Bytes(v)
        lengths = [b.number() for _ in range(b.number())]
        for row in (Bytes(b.take(n)) for n in lengths):
            dictionary = dictionaries.get(row.number())
            flags, page_type = row.take(2)
            words = row.number()
            published = struct.unpack('<q', row.take(8))[0] \
                if flags & 1 else None
            text_hash = row.take(32)
            other = row.number() if flags & 2 else None
            row.number()
            head = Bytes(unpack(row.text(), dictionary))
            title, site, language, meta = (head.text() for _ in range(4))
            if other is None:
                row.number()
                texts[ordinal] = unpack(row.text(), dictionary)
            yield {'ordinal': ordinal, 'title': title, 'site': site,
                   'language': language, 'meta': meta, 'words': words,
                   'type': page_type, 'published': published,
                   'hash': text_hash,
                   'text': texts[ordinal if other is None else other]}
            ordinal += 1


class Store:
    def __init__(self, path):
        manifest = Sealed(os.path.join(path, 'manifest.mdb'))
        meta = {k: struct.unpack('>Q', v)[0]
                for k, v in manifest.table('meta')}
        assert meta[b'format'] == 1
        self.files, self.segments = {}, []
        for k, v in manifest.table('files'):
            b = Bytes(v[16:])
            self.files[struct.unpack('>I', k)[0]] = b.text(), b.text()
        for k, v in manifest.table('segments'):
            name = '%08x.seg' % struct.unpack('>Q', k)[0]
            segment = Sealed(os.path.join(path, 'segments', name))
            b = Bytes(v)
            segment.counts = b.number(), b.number()
            self.segments.append(segment)


def timestamp(seconds):
    when = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
    return when.strftime('%Y%m%d%H%M%S')


def print_captures(store):
    rows = []
    for segment in store.segments:
        n = 0
        for c in captures(segment):
            rows.append((c['key'].decode(), timestamp(c['time']),
                         c['url'].decode(), c['mime'].decode() or '-',
                         str(c['status'] or '-'), c['digest'] or '-',
                         c['redirect'].decode() or '-',
                         str(c['length']), str(c['offset']),
                         store.files[c['file']][0].decode()))
            n += 1
        assert n == segment.counts[0]
    for row in sorted(rows, key=lambda r: r[:2]):
        print('\t'.join(row))


def print_counts(store):
    plain = ('times', 'digests', 'records', 'carriers', 'texts', 'facets')
    for segment in store.segments:
        for name in plain + ('marks', 'titles'):
            rows = list(postings(segment, name, name not in plain))
            assert rows == sorted(rows)
            print(name, len(rows), sep='\t')


def main(path, what=''):
    store = Store(path)
    if what == '--articles':
        for segment in store.segments:
            for a in articles(segment):
                print(a['ordinal'], a['site'].decode(), a['title'].decode(),
                      a['text'].decode().replace('\n', ' '), sep='\t')
    elif what == '--counts':
        print_counts(store)
    elif what == '--hex':
        for key, value in store.segments[0].table('urls'):
            print(key, value.hex(' '))
            break
    else:
        print_captures(store)


main(*sys.argv[1:])
