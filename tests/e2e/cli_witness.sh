#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# trace --witnesses: feeds and sitemaps give an address a date, section pages
# tell until when they did not link it.
. "$SOURCE/tests/e2e/lib/common.sh"
export PYTHONPATH="$SOURCE/tests/e2e/lib" PYTHONDONTWRITEBYTECODE=1
py <<'END'
from crawl import Crawl
story = ["The lighthouse keeper of Sund has retired after forty-one years, and nobody will follow him.",
         "A computer in the capital will switch the lamp on and off, the coast guard said on Monday, as it does at all others.",
         "He had counted ships and birds for two institutes and written both down in the same book, which he is taking home.",
         "The tower itself is to become a hotel with three rooms once the cistern has been repaired, at a cost of two million crowns."]
url = "https://one.example/coast/2024/light-47?a=1&b=2"
def section(*links):
    return "<!DOCTYPE html><title>Coast</title><ul>%s</ul>" % "".join('<li><a href="%s">x</a>' % l for l in links)
def item(link, date):
    return "<item><title>x</title><link>%s</link><pubDate>%s</pubDate></item>" % (link, date)
c = Crawl(DIR + "/a.warc")
c.add("https://one.example/", "2024-05-02T07:00:00Z", 200, section("/coast/2024/other-1"))
c.add("https://one.example/coast/", "2024-05-02T06:00:00Z", 200, section("/coast/2024/other-1"))
c.add("https://one.example/coast/", "2024-05-02T08:00:00Z", 200, section("/coast/2024/other-1", "/coast/2024/light-47?a=1&b=23"))
c.add("https://one.example/coast/", "2024-05-02T09:00:00Z", 500, section())
c.add("https://one.example/coast/", "2024-05-02T13:00:00Z", 200, section("/coast/2024/light-47?a=1&b=2"))
c.page(url, "2024-05-02T12:00:00Z", "Keeper retires", story)
c.add("https://one.example/feed.xml", "2024-05-02T14:00:00Z", 200,
      "<?xml version='1.0'?><rss version='2.0'><channel><link>https://one.example/</link><pubDate>Thu, 02 May 2024 14:00:00 GMT</pubDate>"
      + item("https://one.example/coast/2024/other-1", "Wed, 01 May 2024 09:00:00 GMT")
      + item("<![CDATA[https://one.example/coast/2024/light-47?a=1&b=2]]>", "Thu, 2 May 2024 13:41:07 +0200") + "</channel></rss>", mime="application/rss+xml")
c.add("https://one.example/news-sitemap.xml", "2024-05-02T15:00:00Z", 200,
      "<urlset><url><loc>https://one.example/coast/2024/light-47?a=1&amp;b=2</loc><lastmod>2024-05-02</lastmod>"
      "<news:news><news:publication_date>2024-05-09T11:00:00Z</news:publication_date></news:news></url></urlset>", mime="text/xml")
# Atom, and a section that never links the page: that says nothing.
c.page("https://two.test/light", "2024-05-03T12:00:00Z", "A lamp without a keeper", story)
c.add("https://two.test/atom", "2024-05-03T14:00:00Z", 200,
      '<feed><entry><link rel="alternate" href="https://two.test/light"/><published>2024-05-03T11:30:00Z</published><updated>2024-05-03T11:45:00Z</updated></entry></feed>', mime="application/atom+xml")
c.add("https://two.test/", "2024-05-03T10:00:00Z", 200, section("/other"))
c.add("https://two.test/", "2024-05-03T13:00:00Z", 200, section("/other"))
c.close()
open(DIR + "/text", "w").write("\n".join(story))
END
dl ingest -q "$dir/a.warc"
dl trace --format json "$dir/text" >"$dir/plain"
dl trace --format json --witnesses "$dir/text" >"$dir/asked"
dl trace --format jsonl --witnesses "$dir/text" >"$dir/lines"
dl trace --witnesses "$dir/text" >"$dir/table"
dl cite --wacz "$dir/proof.wacz" --format json "$dir/asked" >"$dir/proof"
dl verify "$dir/proof.wacz" >"$dir/checked"
py <<'END'
def result(name, host):
    return next(r for r in json.loads(text(name))["results"] if host in r["url"])
one, two = result("asked", "one.example"), result("asked", "two.test")
check(result("plain", "one.example")["not_before"] is None, "without witnesses there is a bound")
check((one["not_before"], one["absence"], one["absence_url"]) ==
      ("2024-05-02T08:00:00Z", "not-linked", "https://one.example/coast/"), "bound:", one["not_before"], one["absence"], one["absence_url"])
check(two["not_before"] is None, "a page that never links it bounds it:", two["not_before"])
said = {(c["type"], c["field"]): c for c in one["claims"] if "said_by" in c}
check(set(said) == {("feed", "published"), ("sitemap", "published"), ("sitemap", "modified")}, "said:", list(said))
feed = said["feed", "published"]
check(feed["raw"] == "Thu, 2 May 2024 13:41:07 +0200" and feed["earliest"] == "2024-05-02T11:41:07Z"
      and feed["said_by"] == "https://one.example/feed.xml" and feed["verdict"] == "claimed", "feed:", feed)
check(said["sitemap", "published"]["verdict"] == "rejected: later than the capture", "sitemap:", said["sitemap", "published"])
check(said["sitemap", "modified"]["zone_known"] is False, "a day has no zone:", said["sitemap", "modified"])
atom = {(c["type"], c["field"]): c["raw"] for c in two["claims"] if "said_by" in c}
check(atom == {("feed", "published"): "2024-05-03T11:30:00Z", ("feed", "modified"): "2024-05-03T11:45:00Z"}, "atom:", atom)
check(sorted(r["url"] for r in lines("lines")) == sorted(r["url"] for r in json.loads(text("asked"))["results"]), "as lines other pages")
check("a section page did not link it yet" in text("table"), "the table does not tell the bound:", text("table"))
shown = [(x["shows"], x["url"]) for x in json.loads(text("proof"))["exhibits"]]
check(("absence", "https://one.example/coast/") in shown, "what bounds it is not cited:", shown)
check("BAD" not in text("checked"), "the proof:", text("checked"))
END
echo "$test_name: all good"
