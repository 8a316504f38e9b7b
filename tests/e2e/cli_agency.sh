#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# trace: texts of one agency's report, below a copy. Never for a topic, for the
# credit alone, for the agency's stock phrases, or for a text without credit.
. "$SOURCE/tests/e2e/lib/common.sh"
export PYTHONPATH="$SOURCE/tests/e2e/lib" PYTHONDONTWRITEBYTECODE=1
py <<'END'
from crawl import Crawl
def report(credit, *paragraphs):
    return [credit + paragraphs[0]] + list(paragraphs[1:])
pier = [
    "The harbour master of Ostrand closed the eastern pier on Thursday after divers found that eleven of its forty wooden piles had been hollowed out by shipworm.",
    "Ferries to the outer islands will leave from the fish market until further notice, the port authority said, and travellers should expect the crossing to take twenty minutes longer.",
    "The damage was discovered by chance when a student from the marine station in Velde lowered a camera beside the pier to film sea urchins for her thesis.",
    "Replacing the piles with steel is estimated to cost nine million crowns, a sum the council will have to find outside this year's budget.",
    "Shipworm, a clam that eats wood, was unknown this far north until the sea began to warm, and has since ruined piers in four other towns along the coast.",
    "The pier was built for the herring fleet in 1911 and carried a railway until the cannery burnt down, after which it was given to the town for one crown.",
]
# A week later the agency tells what came of it, with its background.
later = [
    "Ostrand will ask the state to pay for a new pier, the town's council decided late on Wednesday after a debate that lasted until midnight and was followed by three hundred people.",
    pier[4], pier[5],
    "Mayor Hedda Lunde said that without help the town would have to sell its forest, which her predecessors had bought so that no mayor would ever need to ask anyone for money.",
    "Fishermen blocked the entrance of the harbour for an hour with their boats to protest against plans to charge them for the use of the remaining quays.",
    "A decision by the ministry of transport is expected before the summer, its spokesman said, adding that two other towns had asked for the same.",
    "In the meantime the navy has lent a pontoon which allows the mail boat to land twice a week, weather permitting, and takes no passengers.",
    "Insurers have refused to pay because worms are not named among the perils in the policy, which was written in the year when the pier was opened.",
]
topic = [
    "Piers along the northern coast are being inspected for shipworm after several had to be closed, the coastal administration announced on Friday at a meeting in the capital.",
    "Engineers will drill into two thousand piles over the coming months and send the cores to a laboratory in Velde, where they are put under X-rays.",
    "Wooden structures that are older than fifty years come first, and where a quarter of the piles are affected the owner has to close them at once.",
    "The work costs forty million crowns and is paid for by a levy on port dues, which shipping companies criticised as a tax on islands.",
    "Among the places to be looked at are the landing stages of the royal yacht, a sauna, and the longest pier in the country with its dance hall.",
    "Stefan Aas, who leads the inspection, told reporters that nobody should expect good news from the south of the coast this year.",
]
stock = "Copyright 2024 The Associated Press. All rights reserved. This material may not be published, broadcast, rewritten or redistributed without permission of the Associated Press in writing."
c = Crawl(DIR + "/crawl.warc")
day = "2024-05-%02dT10:00:00Z"
c.page("https://first.example/pier", day % 2, "Pier closed", report("OSTRAND (AP) - ", *pier, stock))
c.page("https://second.example/council", day % 9, "Town asks for a new pier", report("OSTRAND (AP) - ", *later, stock))
c.page("https://third.example/council", day % 9, "Town asks for money", report("OSTRAND (Reuters) - ", *later))
c.page("https://fourth.example/council", day % 9, "Town asks for help", later)
c.page("https://fifth.example/piers", day % 10, "Piers are inspected", report("VELDE (AP) - ", *topic, stock))
for i in range(30): # what else the agency sends
    c.page("https://wire%d.example/x" % i, day % 12, "Number %d" % i, report("VELDE (AP) - ", *["Item %d-%d says that %s went to number %d with %s." % (i, k, " ".join("w%dx%d" % (i * 31 + k, n) for n in range(14)), i + k, chr(97 + i % 26) * 5) for k in range(6)], stock))
c.close()
open(DIR + "/text", "w").write("\n".join(report("OSTRAND (AP) - ", *pier, stock)))
END
dl ingest -q "$dir/crawl.warc"
dl trace --format jsonl https://first.example/pier >"$dir/url"
dl trace --format jsonl "$dir/text" >"$dir/answers"
py <<'END'
for name in ("url", "answers"):
    found = {r["url"].split("/")[2]: r for r in lines(name)}
    check(found.get("second.example", {}).get("relation") == "agency", name, "the agency's later report is not told:", {k: v["relation"] for k, v in found.items()})
    # Without the credit two paragraphs in common are two paragraphs.
    check({k: v["relation"] for k, v in found.items() if k not in ("first.example", "second.example")} ==
          {"third.example": "excerpt", "fourth.example": "excerpt"}, name, "finds", {k: v["relation"] for k, v in found.items()})
    shared = found.get("second.example", {}).get("passages", [])
    check(sum(p["query"][1] - p["query"][0] for p in shared) > 250, name, "the passages it shares:", shared)
END
echo "$test_name: all good"
