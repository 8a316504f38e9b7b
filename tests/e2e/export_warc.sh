#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# export --format warc: the records byte for byte, with what belongs to them,
# each once, in members of their own; of every kind of archive.
. "$SOURCE/tests/e2e/lib/common.sh"
cp "$SOURCE/tests/e2e/lib/warcs.py" "$dir"
gzip -c "$FIXTURES/news-2.warc" >"$dir/whole.warc.gz"
dl ingest -q "$FIXTURES"/news-*
dl export -f warc -o "$dir/all.warc.gz"
dl export -f warc -j 3 -o "$dir/three.warc.gz"
cmp "$dir/all.warc.gz" "$dir/three.warc.gz" || die "the bytes hang on -j"
dl export -f warc >"$dir/piped"
cmp "$dir/all.warc.gz" "$dir/piped" || die "a pipe gets other bytes"
exits 0 "$DATELINE" check "$dir/all.warc.gz"
# A revisit brings what it refers to; nothing else comes.
dl export -f warc --url https://www.merrow-courier.example/static/logo.png \
    --from 2025-03-07 -o "$dir/revisit.warc.gz"
# Packed as one member: compressed anew.
dl ingest -q --store "$dir/whole" "$dir/whole.warc.gz"
dl export --store "$dir/whole" -f warc -o "$dir/apart.warc.gz"
# Taken down, with its request.
cp -r "$DATELINE_STORE" "$dir/less"
dl remove --store "$dir/less" --host www.merrow-courier.example >/dev/null
dl export --store "$dir/less" -f warc -o "$dir/less.warc.gz"
# A record that is gone is left out, and that is said.
cp "$FIXTURES/damaged.warc.gz" "$FIXTURES/news-2.warc" "$dir"
dl ingest -q --store "$dir/bad" "$dir/news-2.warc"
python3 - "$dir/news-2.warc" <<'END'
import sys
data = open(sys.argv[1], "rb").read()
at = data.index(b"WARC-Type: response")
at = data.index(b"WARC-Target-URI: http", at)
open(sys.argv[1], "wb").write(data[:at] + b"WARC-Target-URI: hxxp" + data[at + 21:])
END
exits 0 "$DATELINE" export --store "$dir/bad" -f warc -o "$dir/bad.warc.gz"
grep -q "1 record could not be read and is left out" "$dir/err" ||
    die "does not say what is left out: $(cat "$dir/err")"
exits 2 "$DATELINE" export -f warc --redact emails
# Read again, the same articles.
dl ingest -q --store "$dir/again" "$dir/all.warc.gz"
dl export --store "$dir/again" >"$dir/AGAIN"
dl export >"$dir/FIRST"
export PYTHONPATH="$dir"
py <<'END'
import warcs, zipfile, subprocess
got = warcs.read(DIR + "/all.warc.gz")
for r in got:
    for f in r.faults():
        check(False, r.type, r.url, f)
ids = [r.id for r in got]
check(len(ids) == len(set(ids)), "a record comes twice")
check(got[0].type == "warcinfo" and b"dateline-selection: {" in got[0].block, "no warcinfo first")

def sources():
    one = open(FIXTURES + "/news-1.warc.gz", "rb").read()
    yield "gzip", [one[o:o + n] for o, n, _ in warcs.members(one)]
    z = zipfile.ZipFile(FIXTURES + "/news-5.wacz")
    data = next(z.read(n) for n in z.namelist() if n.startswith("archive/"))
    yield "wacz", [data[o:o + n] for o, n, _ in warcs.members(data)]
whole = open(DIR + "/all.warc.gz", "rb").read()
for name, stored in sources():
    check(len(stored) > 4, name, "has too few members to tell")
    lost = [warcs.Record(warcs.gzip.decompress(m)) for m in stored if m not in whole]
    check(not lost, name, "lacks as stored:", *["%s %s" % (r.type, r.url) for r in lost])
raw = {r.raw for r in got}
plain = warcs.read_plain(open(FIXTURES + "/news-2.warc", "rb").read())
check(len(plain) > 4 and all(r.raw in raw for r in plain), "a plain WARC's records are others")
apart = {r.raw for r in warcs.read(DIR + "/apart.warc.gz")}
check(all(r.raw in apart for r in plain), "one member for all: records are others")
zst = subprocess.run(["zstd", "-dc", FIXTURES + "/news-3.warc.zst"], stdout=subprocess.PIPE)
if zst.returncode == 0:
    check(all(r.raw in raw for r in warcs.read_plain(zst.stdout)), "a zstd WARC's records are others")
arc = [r for r in got if r["Dateline-Source"]]
check(len(arc) >= 3 and all(r.type == "response" and "news-4.arc.gz at byte" in r["Dateline-Source"] for r in arc), "ARC:", len(arc))
order = [r.id for r in got]
def at(kind, url):
    return [r for r in got if r.type == kind and r.url == url]
for r in got:
    for to in r.all("WARC-Concurrent-To"):
        check(to in ids or r.url.endswith(("logo.png", "banks")), r.type, r.url, "belongs to nothing")

kinds = [r.type for r in warcs.read(DIR + "/revisit.warc.gz") if r.type != "warcinfo"]
check(kinds == ["response", "request", "metadata", "revisit", "request", "metadata"], "a revisit alone:", kinds)
for r in warcs.read(DIR + "/less.warc.gz"):
    check("merrow" not in (r.url or ""), "taken down:", r.type, r.url)
same = lambda name: sorted((r["url"], r["captured"], r["text_hash"]) for r in lines(name))
check(same("AGAIN") == same("FIRST") != [], "read again it has other articles")
END
echo "$test_name: all good"
