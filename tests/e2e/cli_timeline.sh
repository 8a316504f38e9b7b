#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# trace --plot and --svg: every site has its row, every capture its mark.
. "$SOURCE/tests/e2e/lib/common.sh"
dl ingest -q "$FIXTURES"/news-*
page=https://www.merrow-courier.example/region/tolva-bursts-its-banks
dl trace --format jsonl "$page" >"$dir/answers"
dl trace --plot --svg "$dir/picture.svg" "$page" >"$dir/plot"
mkfifo "$dir/pipe"
exits 2 "$DATELINE" trace --svg "$dir/pipe" "$page"
[ -p "$dir/pipe" ] || die "a pipe was replaced by a picture"
py <<'END'
import xml.etree.ElementTree as ET

answers = lines("answers")
sites = {a["site"] for a in answers}
rows = [l for l in text("plot").splitlines() if l.split() and l.split()[0] in sites and set(l.split()[-1]) <= set(".#o23456789+")]
check({r.split()[0] for r in rows} == sites, "sites plotted:", rows)
check(all(set(r.split()[-1]) - {"."} for r in rows), "a row without a mark:", rows)
check(" 03-0" in text("plot"), "no day on the axis:", text("plot"))
svg = ET.fromstring(text("picture.svg"))
dots = [c for c in svg.findall("{http://www.w3.org/2000/svg}circle") if c.get("class") != "legend"]
names = {t.text for t in svg.iterfind(".//{http://www.w3.org/2000/svg}text/{http://www.w3.org/2000/svg}title")}
check(names == sites, "sites drawn:", names)
check(len(dots) == len(answers), "dots drawn:", len(dots), "of", len(answers))
END
