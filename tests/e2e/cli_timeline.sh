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
rows = [l for l in text("plot").splitlines() if l.split() and l.split()[0] in sites and set(l.split()[-1]) <= set(".#o")]
check({r.split()[0] for r in rows} == sites, "sites plotted:", rows)
check(all("#" in r or "o" in r for r in rows), "a row without a mark:", rows)
svg = ET.fromstring(text("picture.svg"))
dots = svg.findall("{http://www.w3.org/2000/svg}circle")
check(len(dots) == len(answers), "dots drawn:", len(dots), "of", len(answers))
END
