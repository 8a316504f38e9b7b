#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# cite of a trace: every appearance with its records, and what shows that the
# text was not there before, as one file that verify checks offline.
. "$SOURCE/tests/e2e/lib/common.sh"
export PYTHONPATH="$SOURCE/tests/e2e/lib" PYTHONDONTWRITEBYTECODE=1
py <<'END'
from crawl import Crawl
story = ["The lighthouse keeper of Sund has retired after forty-one years, and nobody will follow him.",
         "A computer in the capital will switch the lamp on and off, the coast guard said on Monday, as it does at all others.",
         "He had counted ships and birds for two institutes and written both down in the same book, which he is taking home.",
         "The tower itself is to become a hotel with three rooms once the cistern has been repaired, at a cost of two million crowns."]
c = Crawl(DIR + "/a.warc")
c.add("https://one.example/light", "2024-05-02T08:00:00Z", 404, "<p>not found</p>")
c.page("https://one.example/light", "2024-05-02T12:00:00Z", "Keeper retires", story)
c.close()
c = Crawl(DIR + "/b.warc")
c.page("https://two.test/light", "2024-05-03T12:00:00Z", "A lamp without a keeper", story[:3])
c.page("https://three.test/other", "2024-05-03T13:00:00Z", "Rain", ["It rained for the ninth day in the valley of Ulm and the meadows beside the river cannot be mown, farmers say, before the end of the month."])
c.close()
open(DIR + "/text", "w").write("\n".join(story))
END
dl ingest -q "$dir/a.warc" "$dir/b.warc"
dl trace --format json "$dir/text" >"$dir/saved.json"
dl trace --format jsonl "$dir/text" >"$dir/saved.jsonl"
dl cite --format json --wacz "$dir/asked.wacz" --trace "$dir/text" >"$dir/asked"
dl cite --format json --wacz "$dir/saved.wacz" "$dir/saved.json" >"$dir/saved"
exits 0 "$DATELINE" cite --format json --wacz "$dir/lines.wacz" - <"$dir/saved.jsonl"
cp "$dir/out" "$dir/lines"
dl cite --trace "$dir/text" >"$dir/report"
dl cite --limit 1 --format json "$dir/saved.json" >"$dir/one"
mkdir "$dir/elsewhere"
for f in asked saved lines; do
    mv "$dir/$f.wacz" "$dir/elsewhere"
    (cd "$dir/elsewhere" && env -u DATELINE_STORE "$DATELINE" verify "$f.wacz") \
        >"$dir/$f.ok" || die "$f.wacz does not verify: $(grep BAD "$dir/$f.ok")"
done
exits 1 "$DATELINE" cite --trace "Nobody has ever printed this sentence about a purple umbrella in a mountain bakery."
exits 3 "$DATELINE" cite "$dir/a.warc"
exits 2 "$DATELINE" cite --trace x https://one.example/light
exits 2 "$DATELINE" cite
# What the trace names and this store does not have cannot be proved.
sed 's/20240503120000/20240503120001/' "$dir/saved.json" >"$dir/false.json"
exits 1 "$DATELINE" cite "$dir/false.json"
grep -q two.test "$dir/err" || die "what is missing is not named"

# Changed evidence, rightly packed again: the contents still disagree.
py <<'END'
import base64, hashlib, shutil, zipfile
def repack(name, change):
    src = zipfile.ZipFile(DIR + "/elsewhere/asked.wacz")
    files = {n: src.read(n) for n in src.namelist()}
    change(files)
    package = json.loads(files["datapackage.json"])
    for r in package["resources"]:
        data = files[r["path"]]
        r["hash"], r["bytes"] = "sha256:" + hashlib.sha256(data).hexdigest(), len(data)
    files["datapackage.json"] = json.dumps(package).encode()
    files["datapackage-digest.json"] = json.dumps({"path": "datapackage.json", "hash": "sha256:" + hashlib.sha256(files["datapackage.json"]).hexdigest()}).encode()
    with zipfile.ZipFile(DIR + "/%s.wacz" % name, "w") as out:
        for n, data in files.items():
            out.writestr(n, data)
def edit(function):
    def change(files):
        e = json.loads(files["evidence.json"])
        function(e)
        files["evidence.json"] = json.dumps(e).encode()
    return change
repack("same", lambda files: None)
def other_time(e):
    e["trace"]["results"][1]["time"] = "20230101000000"
repack("trace", edit(other_time))
def other_bound(e):
    e["trace"]["results"][0]["not_before"] = "2024-05-02T11:00:00Z"
repack("bound", edit(other_bound))
def other_record(files):
    files["archive/b.warc"] = files["archive/b.warc"].replace(b"lighthouse", b"greenhouse")
repack("record", other_record)
def other_text(files):
    files["pages/pages.jsonl"] = files["pages/pages.jsonl"].replace(b"forty-one", b"forty-two")
repack("pages", other_text)
END
exits 0 "$DATELINE" verify "$dir/same.wacz"
for f in trace bound record pages; do
    exits 1 "$DATELINE" verify "$dir/$f.wacz"
    grep -q BAD "$dir/out" || die "a changed $f is not told"
done

py <<'END'
e = json.loads(text("asked"))
shown = [(x["shows"], x["url"].split("/")[2], x["time"]) for x in e["exhibits"]]
check(shown == [("appearance", "one.example", "2024-05-02T12:00:00Z"),
                ("absence", "one.example", "2024-05-02T08:00:00Z"),
                ("appearance", "two.test", "2024-05-03T12:00:00Z")], "exhibits:", shown)
check(e["trace"]["results"] == json.loads(text("saved.json"))["results"], "the trace is another one")
check(e["trace"]["query"]["text"] == text("text").replace("\u2019", "'"), "the query:", e["trace"]["query"])
for name in ("saved", "lines"):
    other = json.loads(text(name))
    check(sorted(x["record_id"] for y in other["exhibits"] for x in y["records"]) ==
          sorted(x["record_id"] for y in e["exhibits"] for x in y["records"]), name, "proves something else")
check(len(json.loads(text("one"))["exhibits"]) == 2, "--limit 1:", text("one")[:300])
roles = [x["role"] for x in e["exhibits"][0]["records"]]
check(roles == ["warcinfo", "capture"], "records of one capture:", roles)
check("an appearance of it" in text("asked.ok") and "bounds an appearance" in text("asked.ok"), "verify:", text("asked.ok"))
check(text("report").count("captured ") == 3 and "was not there yet" in text("report"), "report:", text("report")[:500])
END
echo "$test_name: all good"
