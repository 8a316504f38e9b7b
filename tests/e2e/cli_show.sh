#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# show: a capture as article, as page, as sent, as stored; a revisit with the
# payload it refers to.
. "$SOURCE/tests/e2e/lib/common.sh"
dl ingest -q "$FIXTURES"/news-*
page=https://www.merrow-courier.example/city/halden-bridge-shut
story=https://news.onefeed.test/story/7f3a91c2
flood=https://www.merrow-courier.example/region/tolva-bursts-its-banks

dl show "$story" >"$dir/default"
dl show --article "$story" >"$dir/article"
cmp -s "$dir/default" "$dir/article" || die "--article is not the default"
dl show --format json "$story" >"$dir/json"
dl show --format markdown "$story" >"$dir/markdown"
dl show --html "$story" >"$dir/html"
dl show --headers "$story" >"$dir/headers"
dl show --payload https://www.merrow-courier.example/static/logo.png >"$dir/logo"
dl show --record "$story" >"$dir/record"
dl show --html http://www.nordblatt.example/ausland/halden-bruecke-gesperrt-881.html >"$dir/german"
for at in 20250304100005 20250304 20250304182000 20250306; do
    dl show --format json --at "$at" "$page" >"$dir/at_$at"
done
dl show --format json "20250304182000/$page" >"$dir/at_path"
dl show --format json "$page" >"$dir/at_last"
dl show --html --at 20250307124002 "$flood" >"$dir/revisit"
dl show --html --at 20250304100009 "$flood" >"$dir/original"
cmp "$dir/revisit" "$dir/original" || die "a revisit shows another page"
exits 1 "$DATELINE" show https://nowhere.example/
grep -q nowhere.example "$dir/err" || die "finding nothing is not said"
exits 2 "$DATELINE" show
exits 2 "$DATELINE" show --format nonsense "$page"

# An archive that is gone is named.
mkdir "$dir/gone"
cp "$FIXTURES/news-2.warc" "$dir/gone"
dl ingest -q --store "$dir/other" "$dir/gone/news-2.warc"
rm "$dir/gone/news-2.warc"
exits 3 "$DATELINE" show --store "$dir/other" --html http://www.old-lantern.example/news/030425b.html
grep -q gone/news-2.warc "$dir/err" || die "the missing archive is not named"

py <<'END'
import re
def plain(s):
    return re.sub(r"\W+", " ", s).strip().lower()
page = pages["https://news.onefeed.test/story/7f3a91c2"]
article, body = text("default"), plain(json.loads(text("json"))["text"])
for p in page["paragraphs"]:
    check(p in article, "the article lacks:", p[:60])
    check(plain(p) in body, "as JSON it lacks:", p[:60])
for o in page["others"]:
    check(plain(o) not in plain(article), "the article carries another story:", o[:60])
check(page["title"] in article and "news-5" in article, "title and evidence:", article[:300])
check(text("markdown").startswith("# " + page["title"]), "Markdown begins:", text("markdown")[:80])
check(text("html").startswith("<!DOCTYPE html>") and text("html").rstrip().endswith("</html>"), "page:", text("html")[:60])
check("für" in text("german") and "Hauptträger" in text("german"), "a Latin-1 page is not shown in UTF-8")
check(text("headers").startswith("HTTP/1.1 200 OK") and "Content-Encoding: gzip" in text("headers"), "headers:", text("headers")[:80])
logo = open(DIR + "/logo", "rb").read()
check(logo[:8] == b"\x89PNG\r\n\x1a\n", "logo:", logo[:8])
record = open(DIR + "/record", "rb").read()
check(record.startswith(b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: https://news.onefeed.test/story/7f3a91c2\r\n"), "record:", record[:80])

titles = expected["edited"]["titles"]
def title(name):
    return json.loads(text(name))["title"]
check(title("at_20250304100005") == titles[0], "first edition:", title("at_20250304100005"))
check(title("at_20250304") == titles[0], "a day is its beginning:", title("at_20250304"))
check(title("at_20250304182000") == titles[1] == title("at_path"), "second edition:", title("at_path"))
def words(name):
    return json.loads(text(name))["text"]
check("almost three metres" in words("at_path") and "almost two metres" in words("at_last"), "the correction is not shown")
check(words("at_20250306") == words("at_last"), "the last edition")
END
echo "$test_name: all good"
