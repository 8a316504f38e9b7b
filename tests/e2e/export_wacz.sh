#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# export --format wacz, cdxj, cdx and zipnum, and files of a limited size: what
# an index says stands where it says; members have their hashes.
. "$SOURCE/tests/e2e/lib/common.sh"
cp "$SOURCE/tests/e2e/lib/warcs.py" "$dir"
dl ingest -q "$FIXTURES"/news-*
for format in wacz cdxj cdx; do
    dl export -f $format -o "$dir/all.$format"
    dl export -f $format -j 3 -o "$dir/three.$format"
    cmp "$dir/all.$format" "$dir/three.$format" || die "$format hangs on -j"
done
dl export -f wacz >"$dir/piped"
cmp "$dir/all.wacz" "$dir/piped" || die "a pipe gets other bytes"
dl verify "$dir/all.wacz" >/dev/null
dl export -f wacz --max-size 20000 -o "$dir/parts.wacz"
dl verify "$dir/parts.wacz" >/dev/null
exits 0 "$DATELINE" check "$dir/parts.wacz"
exits 1 "$DATELINE" export -f wacz --site nowhere.example -o "$dir/none.wacz"
dl verify "$dir/none.wacz" >/dev/null
LC_ALL=C sort -c "$dir/all.cdxj" || die "CDXJ is not sorted"
sed 1d "$dir/all.cdx" | LC_ALL=C sort -c || die "CDX is not sorted"
dl export -f cdxj -o "$dir/all.cdxj.gz"
gzip -dc "$dir/all.cdxj.gz" | cmp - "$dir/all.cdxj" || die "CDXJ, packed"
# The store that these lines make knows the captures again.
dl import --store "$dir/imported" "$dir/all.cdxj" >/dev/null
dl export --store "$dir/imported" -f cdxj >"$dir/imported.cdxj"
exits 2 "$DATELINE" export -f zipnum -o "$dir/zipnum"
grep -q "directory" "$dir/err" || die "zipnum to a file: $(cat "$dir/err")"
dl export -f zipnum --max-size 1000 -o "$dir/zipnum/"
(cd "$dir/zipnum" && sha256sum -c --quiet SHA256SUMS) || die "zipnum: sums"
dl export -f warc --max-size 20000 -o "$dir/warcs/"
dl export -f warc --max-size 20000 -j 2 -o "$dir/warcs2/"
diff -r "$dir/warcs" "$dir/warcs2" || die "files of a limited size hang on -j"
# Read again from the WACZ, the same articles.
dl ingest -q --store "$dir/again" "$dir/parts.wacz"
dl export --store "$dir/again" >"$dir/AGAIN"
dl export >"$dir/FIRST"
export PYTHONPATH="$dir"
py <<'END'
import gzip, hashlib, warcs, zipfile

def check_wacz(path):
    z = zipfile.ZipFile(DIR + "/" + path)
    check(z.testzip() is None, path, "CRC-32")
    names = z.namelist()
    package = json.loads(z.read("datapackage.json"))
    check(package["wacz_version"] == "1.1.1" and package["profile"] == "data-package", path, "profile")
    listed = {r["path"]: r for r in package["resources"]}
    check(set(names) - set(listed) == {"datapackage.json", "datapackage-digest.json"}, path, names)
    for name, r in listed.items():
        data = z.read(name)
        check(r["hash"] == "sha256:" + hashlib.sha256(data).hexdigest() and r["bytes"] == len(data), path, name, "hash")
        check(r["name"] == name.split("/")[-1], name, r["name"])
        check(z.getinfo(name).compress_type == zipfile.ZIP_STORED, name, "is not stored")
    digest = json.loads(z.read("datapackage-digest.json"))
    check(digest["hash"] == "sha256:" + hashlib.sha256(z.read("datapackage.json")).hexdigest(), path, "digest")
    packed = z.read("indexes/index.cdx.gz")
    cdx = gzip.decompress(packed).decode().splitlines()
    check(cdx == sorted(cdx), path, "index is not sorted")
    idx = z.read("indexes/index.idx").decode().splitlines()
    check(json.loads(idx[0].split(" ", 2)[2])["format"] == "cdxj-gzip-1.0", idx[0])
    for line in idx[1:]:
        key, time, rest = line.split(" ", 2)
        e = json.loads(rest)
        block = packed[e["offset"]:e["offset"] + e["length"]]
        check(gzip.decompress(block).decode().startswith(key + " " + time + " {"), line)
        check(e["digest"] == "sha256:" + hashlib.sha256(block).hexdigest(), line)
    found = []
    for line in cdx:
        e = json.loads(line.split(" ", 2)[2])
        data = z.read("archive/" + e["filename"])
        at, n = int(e["offset"]), int(e["length"])
        r = warcs.Record(gzip.decompress(data[at:at + n]))
        check(r.url == e["url"] and r["WARC-Date"].translate({45: None, 58: None, 84: None, 90: None}) == line.split(" ")[1], path, line)
        check(r["WARC-Payload-Digest"] in (None, e["digest"]), path, line)
        found.append((e["url"], line.split(" ")[1]))
    pages = [json.loads(l) for l in z.read("pages/pages.jsonl").decode().splitlines()]
    check(pages[0]["format"] == "json-pages-1.0" and pages[0]["hasText"], pages[0])
    for p in pages[1:]:
        check((p["url"], stamp(p["ts"])) in found and p["title"] and p["id"], path, "page", p["url"])
    return found, pages[1:], [n for n in names if n.startswith("archive/")]

found, seen, parts = check_wacz("all.wacz")
check(len(parts) == 1, parts)
check(len(found) == len(text("all.cdxj").splitlines()) > 30, "captures:", len(found))
texts = {r["text"] for r in lines("FIRST")}
check(texts <= {p["text"] for p in seen}, "pages lack texts")
again, _, parts = check_wacz("parts.wacz")
check(sorted(again) == sorted(found) and len(parts) > 2, "members of a limited size:", parts)
check(check_wacz("none.wacz")[0] == [], "nothing was selected")

archives = {os.path.basename(f): f for f in (FIXTURES + "/news-1.warc.gz", FIXTURES + "/news-4.arc.gz")}
told = 0
for line, old in zip(text("all.cdxj").splitlines(), text("all.cdx").splitlines()[1:]):
    key, time, rest = line.split(" ", 2)
    e, f = json.loads(rest), old.split(" ")
    check(f[0] == key and f[1] == time and f[2] == e["url"] and len(f) == 11, old)
    check(f[5] == e["digest"].split(":")[-1] and f[8:] == [e["length"], e["offset"], e["filename"]], old)
    check(f[3] == e["mime"] and f[4] == e.get("status", "-"), old)
    if e["filename"] in archives:
        data = open(archives[e["filename"]], "rb").read()
        check(e["url"].encode() in gzip.decompress(data[int(e["offset"]):int(e["offset"]) + int(e["length"])]), line)
        told += 1
check(told > 20, "captures looked up:", told)
check(text("all.cdx").startswith(" CDX N b a m s k r M S V g\n"), "no header")
check(text("imported.cdxj") == text("all.cdxj"), "imported, the lines are others")

blocks, n = b"", 0
for line in text("zipnum/data/cluster.idx").splitlines():
    first, name, at, size, number = line.split("\t")
    n += 1
    data = open(DIR + "/zipnum/data/" + name, "rb").read()
    block = gzip.decompress(data[int(at):int(at) + int(size)])
    check(block.decode().startswith(first + " {") and int(number) == n, line)
    blocks += block
check(blocks.decode() == text("all.cdxj") and n > 1, "zipnum:", n, "blocks")
files = sorted(os.listdir(DIR + "/zipnum/data"))
check([l.split("\t")[0] for l in text("zipnum/data/cluster.loc").splitlines()] == [f for f in files if f.endswith(".gz")], files)

parts = sorted(os.listdir(DIR + "/warcs/data"))
check(parts == ["captures-%05d.warc.gz" % i for i in range(len(parts))] and len(parts) > 2, parts)
ids = [r.id for p in parts for r in warcs.read(DIR + "/warcs/data/" + p) if r.type != "warcinfo"]
check(len(ids) == len(set(ids)) > 60, "records of all files:", len(ids))
infos = [warcs.read(DIR + "/warcs/data/" + p)[0] for p in parts]
check(all(r.type == "warcinfo" for r in infos) and len({r.id for r in infos}) == len(parts), "warcinfo of each")
same = lambda name: sorted((r["url"], r["captured"], r["text_hash"]) for r in lines(name))
check(same("AGAIN") == same("FIRST") != [], "read again it has other articles")
END
echo "$test_name: all good"
