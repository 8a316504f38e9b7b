#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# cite: the evidence of a capture, as text, as JSON and as a WACZ, which verify
# checks and which fails when a byte of it changes; verify --archives.
. "$SOURCE/tests/e2e/lib/common.sh"
dl ingest -q "$FIXTURES"/news-*
story=https://news.onefeed.test/story/7f3a91c2
flood=https://www.merrow-courier.example/region/tolva-bursts-its-banks
page=https://www.merrow-courier.example/city/halden-bridge-shut

dl cite "$story" >"$dir/text"
dl cite --format json --wacz "$dir/story.wacz" "$story" >"$dir/json"
dl cite --at 20250307124002 --wacz "$dir/revisit.wacz" "$flood" >"$dir/null"
dl cite --format json "20250304182000/$page" >"$dir/edition"
# From an ARC file, a plain one and a zstd one.
dl cite --wacz "$dir/arc.wacz" http://www.nordblatt.example/ausland/halden-bruecke-gesperrt-881.html >"$dir/null"
dl cite --wacz "$dir/plain.wacz" http://www.old-lantern.example/news/030325a.html >"$dir/null"
dl cite --wacz "$dir/zstd.wacz" "$page" >"$dir/null"
for f in story revisit arc plain zstd; do
    dl verify "$dir/$f.wacz" >"$dir/$f.ok"
done
dl verify --format json "$dir/revisit.wacz" >"$dir/revisit.json"

# Offline: neither store nor archive is needed.
mkdir "$dir/elsewhere"
cp "$dir/story.wacz" "$dir/elsewhere"
(cd "$dir/elsewhere" && env -u DATELINE_STORE "$DATELINE" verify story.wacz) \
    >"$dir/null" || die "verify needs more than the file"
# It is a WACZ like any other: ingested, it gives the same capture.
dl ingest -q --store "$dir/again" "$dir/revisit.wacz"
dl show --store "$dir/again" --at 20250307124002 --html "$flood" >"$dir/again.html"
dl show --at 20250307124002 --html "$flood" >"$dir/first.html"
cmp "$dir/again.html" "$dir/first.html" || die "its records give another page"
# No temporary file is left behind; nothing to write to is said.
[ -z "$(find "$dir" -name '*.part')" ] || die "a temporary file is left"
exits 3 "$DATELINE" cite --wacz "$dir/no/such/dir.wacz" "$story"
mkfifo "$dir/pipe"
exits 2 "$DATELINE" cite --wacz "$dir/pipe" "$story"
[ -p "$dir/pipe" ] || die "a pipe was replaced"
exits 1 "$DATELINE" cite https://nowhere.example/
exits 2 "$DATELINE" cite --key "$dir/none" "$story"
exits 3 "$DATELINE" verify "$FIXTURES/README.md"
exits 3 "$DATELINE" verify "$dir/none.wacz"
exits 2 "$DATELINE" verify --archives "$dir/story.wacz"
exits 2 "$DATELINE" verify --key "$dir/none"

# Keys: PKCS #8 (RFC 8410) of 32 bytes.
py <<'END'
import base64
for name, byte in ("ours", 1), ("other", 2):
    der = bytes.fromhex("302e020100300506032b657004220420") + bytes([byte] * 32)
    with open(DIR + "/%s.pem" % name, "w") as f:
        f.write("-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n" % base64.b64encode(der).decode())
END
dl cite --wacz "$dir/signed.wacz" --key "$dir/ours.pem" "$story" >"$dir/null"
dl verify "$dir/signed.wacz" >"$dir/signed.ok"
dl verify --key "$dir/ours.pem" "$dir/signed.wacz" >"$dir/null"
exits 1 "$DATELINE" verify --key "$dir/other.pem" "$dir/signed.wacz"
grep -q "BAD  signature.*another key" "$dir/out" || die "another signer passes"
exits 1 "$DATELINE" verify --key "$dir/ours.pem" "$dir/story.wacz"
grep -q "BAD  signature.*not signed" "$dir/out" || die "no signature passes"
exits 2 "$DATELINE" cite --wacz "$dir/x.wacz" --key "$dir/text" "$story"
[ ! -e "$dir/x.wacz" ] || die "a bad key leaves a file"

py <<'END'
import gzip, hashlib, zipfile
evidence = json.loads(text("json"))
roles = {r["role"]: r for r in evidence["records"]}
check(set(roles) == {"warcinfo", "request", "capture"}, "roles:", list(roles))
capture = roles["capture"]
check(evidence["url"] == "https://news.onefeed.test/story/7f3a91c2" and evidence["time"] == "2025-03-06T20:01:00Z", "capture:", evidence["url"], evidence["time"])
check(capture["payload_declared"] == capture["payload_computed"] and capture["payload_rule"] == "payload", "payload:", capture)
check(capture["block_declared"] == capture["block_computed"], "block:", capture)
check(evidence["text_hash"] and evidence["normal_form"] == 1, "text:", evidence["text_hash"])
check(any(c["source"] == "relative" and c["raw"] == "6 minutes ago" for c in evidence["claims"]), "claims:", evidence["claims"])
shown = text("text")
for s in (evidence["text_hash"], capture["record_id"], capture["payload_declared"], "normal form 1", "news-5.wacz!/archive/news-5.warc.gz", "6 minutes ago", "dateline " + evidence["version"]):
    check(s in shown, "the report lacks", s)
edition = json.loads(text("edition"))
check(edition["time"] == "2025-03-04T18:20:00Z", "TIME/URL:", edition["time"])

# The records are those of the archive, byte for byte.
def member(name, path):
    z = zipfile.ZipFile(DIR + "/" + name)
    check(all(i.compress_type == zipfile.ZIP_STORED for i in z.infolist()), name, "deflates")
    return z.read(path)
def whole(file):
    outer, _, inner = file.partition("!/")
    return zipfile.ZipFile(outer).read(inner) if inner else open(outer, "rb").read()
for name in "story", "revisit", "plain", "arc":
    e = json.loads(member(name + ".wacz", "evidence.json"))
    for r in e["records"]:
        mine = member(name + ".wacz", r["member"])[r["member_offset"]:][:r["length"]]
        check(r["as_stored"] and mine == whole(r["file"])[r["offset"]:][:r["length"]], name, r["role"], "is not as stored")
e = json.loads(member("revisit.wacz", "evidence.json"))
check(sorted(r["role"] for r in e["records"]) == ["capture", "original", "warcinfo"], "revisit:", [r["role"] for r in e["records"]])
e = json.loads(member("zstd.wacz", "evidence.json"))
for r in e["records"]:
    mine = member("zstd.wacz", r["member"])[r["member_offset"]:][:r["member_length"]]
    check(not r["as_stored"] and mine.startswith(b"WARC/1.") and r["record_hash"] == "sha256:" + hashlib.sha256(mine).hexdigest(), "zstd:", r["role"])

# The package as the specification has it.
p = json.loads(member("revisit.wacz", "datapackage.json"))
check(p["profile"] == "data-package" and p["wacz_version"] == "1.1.1", "datapackage:", p)
for r in p["resources"]:
    b = member("revisit.wacz", r["path"])
    check(r["hash"] == "sha256:" + hashlib.sha256(b).hexdigest() and r["bytes"] == len(b), r["path"])
d = json.loads(member("revisit.wacz", "datapackage-digest.json"))
check(d["hash"] == "sha256:" + hashlib.sha256(member("revisit.wacz", "datapackage.json")).hexdigest(), "digest:", d)
cdx = gzip.decompress(member("revisit.wacz", "indexes/index.cdx.gz")).decode().splitlines()
check(len(cdx) == 2 and cdx == sorted(cdx) and "warc/revisit" in cdx[1], "index:", cdx)
for line in cdx:
    row = json.loads(line.split(" ", 2)[2])
    at, n = int(row["offset"]), int(row["length"])
    record = gzip.decompress(member("revisit.wacz", "archive/" + row["filename"])[at:at + n])
    check(row["url"].encode() in record.split(b"\r\n\r\n")[0], "the index misses its record:", row)
pages = [json.loads(l) for l in member("revisit.wacz", "pages/pages.jsonl").decode().splitlines()]
check(pages[0]["format"] == "json-pages-1.0" and len(pages[1]["text"]) > 500, "pages:", pages[0])

checks = json.loads(text("revisit.json"))
check(checks["count"] == 0 and checks["evidence"] and not checks["signed"] and all(c["good"] for c in checks["checks"]), "checks:", checks["count"])
check({c["what"] for c in checks["checks"]} == {"member", "digest", "record", "text"}, "checked:", checks["checks"])
check("ok   signature" in text("signed.ok"), "the signature is not told")

# A byte changed in the records, the text, the evidence, the list, the digest;
# a member too many.
z = zipfile.ZipFile(DIR + "/signed.wacz")
def change(name, path, old, new):
    with zipfile.ZipFile(DIR + "/" + name, "w") as out:
        for i in z.infolist():
            b = z.read(i)
            if i.filename == path:
                check(old in b, path, "has no", old)
                b = b.replace(old, new, 1)
            out.writestr(i.filename, b)
whole = bytearray(open(DIR + "/signed.wacz", "rb").read())
e = json.loads(z.read("evidence.json"))
r = [r for r in e["records"] if r["role"] == "capture"][0]
info = z.getinfo(r["member"])
at = whole.index(z.read(info)) + r["member_offset"] + r["member_length"] // 2
whole[at] ^= 1
open(DIR + "/bad_record.wacz", "wb").write(whole)
open(DIR + "/id", "w").write(r["record_id"])
page = [json.loads(l) for l in z.read("pages/pages.jsonl").decode().splitlines()][1]
word = page["text"].split()[3].encode()
change("bad_text.wacz", "pages/pages.jsonl", b" " + word + b" ", b" " + word + b"x ")
change("bad_evidence.wacz", "evidence.json", b"2025-03-06T20:01:00Z", b"2025-03-06T20:01:01Z")
change("bad_package.wacz", "datapackage.json", b'"wacz_version":"1.1.1"', b'"wacz_version":"1.1.2"')
change("bad_digest.wacz", "datapackage-digest.json", b'"signature":"', b'"signature":"AAAA')
change("more.wacz", "", b"", b"")
with zipfile.ZipFile(DIR + "/more.wacz", "a") as out:
    out.writestr("archive/more.warc", b"")
open(DIR + "/cut.wacz", "wb").write(whole[:len(whole) // 2])
END
for f in record text evidence package digest; do
    exits 1 "$DATELINE" verify "$dir/bad_$f.wacz"
    cp "$dir/out" "$dir/bad_$f"
done
grep -qF "BAD  record    $(cat "$dir/id")" "$dir/bad_record" ||
    die "the changed record is not named: $(cat "$dir/bad_record")"
grep -q "BAD  member    archive/" "$dir/bad_record" || die "nor its member"
grep -q "BAD  text      pages/pages.jsonl" "$dir/bad_text" || die "the text"
grep -q "BAD  digest    datapackage.json" "$dir/bad_package" || die "the list"
grep -q "BAD  signature datapackage-digest.json" "$dir/bad_digest" ||
    die "the signature"
exits 1 "$DATELINE" verify "$dir/more.wacz"
grep -q "archive/more.warc: datapackage.json does not list it" "$dir/out" ||
    die "a member too many passes"
rc=0
"$DATELINE" verify "$dir/cut.wacz" >"$dir/out" 2>&1 || rc=$?
[ "$rc" -eq 1 ] || [ "$rc" -eq 3 ] || die "half a file exits $rc"

# The archives of a store.
dl verify --archives --format json >"$dir/archives"
dl verify --archives --from 40 --format json >"$dir/rest"
cp "$FIXTURES/news-2.warc" "$dir/changing.warc"
dl ingest -q --store "$dir/changing" "$dir/changing.warc"
dl verify --store "$dir/changing" --archives >"$dir/null"
sed 's/Halden/Hilden/g' "$FIXTURES/news-2.warc" >"$dir/changing.warc"
exits 1 "$DATELINE" verify --store "$dir/changing" --archives
grep -q "changing.warc at byte .*: payload: 2025.*http" "$dir/out" ||
    die "a changed payload is not found: $(cat "$dir/out")"
grep -q ": text: 2025" "$dir/out" || die "a changed text is not found"
rm "$dir/changing.warc"
exits 1 "$DATELINE" verify --store "$dir/changing" --archives
grep -q ": archive: " "$dir/out" || die "a missing archive is not found"
py <<'END'
all, rest = json.loads(text("archives")), json.loads(text("rest"))
check(all["count"] == 0 and all["read"] == all["done"] > 40 and all["texts"] > 10 and all["payloads"] > 20 and all["revisits"] >= 1, "archives:", all)
check(rest["done"] == all["done"] and rest["read"] == all["done"] - 40, "--from:", rest)
END
echo "$test_name: all good"
