#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# trace: when a text can have appeared.  Not before: negative evidence only.
# Claims are told as claims, and what cannot be is shown as rejected.
. "$SOURCE/tests/e2e/lib/common.sh"
export PYTHONPATH="$SOURCE/tests/e2e/lib" PYTHONDONTWRITEBYTECODE=1
py <<'END'
from crawl import Crawl
story = [
    "The harbour master of Ostrand closed the eastern pier on Thursday after divers found that eleven of its forty wooden piles had been hollowed out by shipworm.",
    "Ferries to the outer islands will leave from the fish market until further notice, the port authority said, and travellers should expect the crossing to take twenty minutes longer.",
    "The damage was discovered by chance when a student from the marine station in Velde lowered a camera beside the pier to film sea urchins for her thesis.",
    "\"I touched the wood and my hand went straight in,\" said Ilse Brandt, who reported what she had seen the same evening.",
    "Replacing the piles with steel is estimated to cost nine million crowns, a sum the council will have to find outside this year's budget.",
]
other = [
    "The choir of the cathedral school will sing in Lisbon this summer, the first time in thirty years that it has been invited to perform abroad.",
    "Sixty-two pupils aged between nine and sixteen have been rehearsing a programme of songs by Scandinavian composers since the beginning of the spring term.",
    "Their conductor, Matthias Rohe, said that the invitation came after a visitor had recorded a Sunday service on his telephone and sent it to a friend.",
    "Parents have collected the money for the journey by selling cakes and old books on the square in front of the town hall every Saturday.",
]
def claims(*texts):
    return "".join(texts)
def ld(when):
    return '<script type="application/ld+json">{"@context":"https://schema.org","@type":"NewsArticle","headline":"Pier closed","datePublished":"%s"}</script>' % when
title = "Eastern pier closed after shipworm is found in piles"
c = Crawl(DIR + "/crawl.warc")
day = "2024-05-02T%02d:00:00Z"
# gone: not found at 8, there at 12 and 15.
c.add("https://gone.example/pier", day % 6, 410, "<p>gone</p>")
c.add("https://gone.example/pier", day % 8, 404, "<p>not found</p>")
c.page("https://gone.example/pier", day % 12, title, story)
c.page("https://gone.example/pier", day % 15, title, story + ["The port will decide on Monday."])
# other: the address told another story before.
c.page("https://other.example/top", day % 5, "Choir invited to Lisbon", other)
c.page("https://other.example/top", day % 13, title, story)
# broken, moved, cut, walled: none of these speaks against it.
c.add("https://broken.example/pier", day % 9, 503, "<p>try again</p>")
c.add("https://broken.example/pier", day % 10, 301, "", "Location: https://broken.example/pier2\r\n")
c.page("https://broken.example/pier", day % 14, title, story)
c.page("https://walled.example/pier", day % 9, title, ["Subscribe to read this story."])
c.page("https://walled.example/pier", day % 14, title, story)
c.page("https://cut.example/top", day % 9, "Choir invited to Lisbon", other, extra="WARC-Truncated: length\r\n")
c.page("https://cut.example/top", day % 14, title, story)
# grew: it had some of the text before.
c.page("https://grew.example/pier", day % 9, title, story[:3] + other[:1])
c.page("https://grew.example/pier", day % 14, title, story)
# What pages claim.
c.page("https://claims.example/pier", "2024-05-02T16:00:00Z", title, story,
       "Last-Modified: Thu, 02 May 2024 15:59:58 GMT\r\n",
       head=ld("2024-05-02T10:30:41+02:00") + '<meta property="article:published_time" content="2031-01-01T00:00:00Z"><meta name="date" content="1970-01-01">',
       lead="<p class=date>2 May 2024, 10:30</p>")
c.page("https://copies.test/pier", "2024-05-02T17:00:00Z", title, story,
       "Last-Modified: Thu, 02 May 2024 09:00:00 GMT\r\n",
       head=ld("2024-05-02T08:30:41Z"))
# A page of another story that carries this one, seen before all the others.
c.page("https://gather.example/choir", "2024-05-02T04:00:00Z", "Choir invited to Lisbon", other + ["More from the coast"] + story)
c.close()
open(DIR + "/text", "w").write("\n\n".join(story))
END
dl ingest -q "$dir/crawl.warc"
dl trace --format json "$dir/text" >"$dir/json"
dl trace --svg "$dir/picture.svg" "$dir/text" >"$dir/table"
py <<'END'
answer = json.loads(text("json"))
rows = {}
for r in answer["results"]:
    rows.setdefault((r["url"].split("/")[2].split(".")[0], r["time"][8:10]), r)
def at(hour):
    return "2024-05-02T%02d:00:00Z" % hour
def bounds(site, hour):
    r = rows.get((site, hour))
    check(r, "not found:", site, hour, sorted(rows))
    return (r["not_after"], r["not_before"], r["absence"]) if r else None
for site, hour, want in [
    ("gone", "12", (at(12), at(8), "not-found")),
    ("gone", "15", (at(12), at(8), "not-found")),
    ("other", "13", (at(13), at(5), "other-text")),
    ("broken", "14", (at(14), None, None)),
    ("walled", "14", (at(14), None, None)),
    ("cut", "14", (at(14), None, None)),
]:
    got = bounds(site, hour)
    check(got == want, site, hour, "is bounded by", got, "not", want)
check(bounds("grew", "14")[1] is None, "a page that had half of it speaks against it:", bounds("grew", "14"))
# The record that proves the absence is where it says.
r = rows["gone", "12"]
with open(r["absence_file"], "rb") as f:
    f.seek(r["absence_offset"])
    record = f.read(2000)
check(record.startswith(b"WARC/1.0") and b" 404 " in record, "no proof of absence there:", record[:80])

w = answer["when"]
check(w["first_story"].startswith("https://grew.example/") and w["first_story_time"] == at(9), "first story:", w)
check(w["first_carrier"] == "https://gather.example/choir", "first carrier:", w)
check(w["not_after"] == at(4) and w["not_before"] is None, "when:", w)

def claim(site, hour, **want):
    for x in rows[site, hour]["claims"]:
        if all(x[k] == v for k, v in want.items()):
            return x
    check(False, "no such claim:", want, rows[site, hour]["claims"])
    return {}
x = claim("claims", "16", type="jsonld")
check(x.get("raw") == "2024-05-02T10:30:41+02:00" and x.get("zone_known") and x.get("verdict") == "claimed"
      and x.get("earliest") == x.get("latest") == "2024-05-02T08:30:41Z", "json-ld:", x)
x = claim("claims", "16", type="meta", raw="2031-01-01T00:00:00Z")
check(x.get("verdict") == "rejected: later than the capture", "a claim of the future:", x)
x = claim("claims", "16", type="meta", raw="1970-01-01")
check(x.get("verdict") == "rejected: before 1995", "a claim of 1970:", x)
x = claim("claims", "16", type="visible", raw="2 May 2024, 10:30")
check(x.get("zone_known") is False and x.get("earliest") == "2024-05-01T20:30:00Z" and x.get("latest") == "2024-05-02T22:30:59Z", "visible:", x)
x = claim("claims", "16", type="last-modified")
check(x.get("verdict", "").startswith("rejected: made for"), "a Last-Modified of this very moment:", x)
x = claim("copies", "17", type="last-modified")
check(x.get("verdict") == "claimed", "a Last-Modified of the morning:", x)
check(rows["claims", "16"]["copied_stamp"] and rows["copies", "17"]["copied_stamp"], "one stamp at two outlets")
check(not rows["gone", "12"]["copied_stamp"], "a page without a stamp copied it")
check("copied" in text("table"), "the table does not say that a stamp was copied")
check("not before 2024-05-02 08:00:00" in text("picture.svg"), "the picture does not show the bound")
check("first page that merely carries it: 2024-05-02 04:00:00" in text("table"), "the table does not tell the carrier apart")
END
echo "$test_name: all good"
