#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# import: the same captures out of a plain index, a compressed one, one on
# standard input, CDXJ and a ZipNum cluster give the same answers.
. "$SOURCE/tests/e2e/lib/common.sh"

python3 - "$dir" <<'END'
import gzip, json, sys
dir = sys.argv[1]
rows = sorted(("org,h%d)/%d" % (i % 7, i), "202001%02d000000" % (1 + i % 28),
               "http://h%d.org/%d" % (i % 7, i), "text/html", "200",
               "A" * 31 + "ABCDEFGH"[i % 8], "-", "-",
               str(100 + i), str(i * 1000), "x-%d.warc.gz" % (i % 3)) for i in range(500))
lines = [" ".join(r) + "\n" for r in rows]
open(dir + "/plain.cdx", "w").writelines(lines)
with gzip.open(dir + "/packed.cdx.gz", "wt") as f:
    f.writelines(lines)
names = "urlkey timestamp url mime status digest redirect robotflags length offset filename".split()
with open(dir + "/made.cdxj", "w") as f:
    for r in rows:
        d = {k: v for k, v in list(zip(names, r))[2:] if v != "-"}
        f.write("%s %s %s\n" % (r[0], r[1], json.dumps(d)))
# A ZipNum cluster: members of 64 lines, two parts, a summary.
with open(dir + "/cluster.idx", "w") as idx:
    for part in (0, 1):
        mine, name, at = lines[part * 250:part * 250 + 250], "cdx-%05d.gz" % part, 0
        with open(dir + "/" + name, "wb") as out:
            for i in range(0, len(mine), 64):
                block = gzip.compress("".join(mine[i:i + 64]).encode())
                out.write(block)
                idx.write("%s\t%s\t%d\t%d\t%d\n" %
                          (" ".join(mine[i].split(" ")[:2]), name, at, len(block), i // 64 + 1))
                at += len(block)
END
ask() { # STORE: what it answers, without what a kind of index leaves out
    for host in 0 1 2 3 4 5 6; do
        DATELINE_STORE=$1 dl lookup --match host --format jsonl "h$host.org"
    done | sed 's/"redirect":[^,]*,//'
}
for index in plain.cdx packed.cdx.gz made.cdxj cluster.idx; do
    DATELINE_STORE="$dir/of-$index" dl import "$dir/$index" >"$dir/said"
    grep -q ": 500 captures" "$dir/said" || die "$index: $(cat "$dir/said")"
    ask "$dir/of-$index" >"$dir/answer-$index"
    cmp -s "$dir/answer-plain.cdx" "$dir/answer-$index" || {
        diff "$dir/answer-plain.cdx" "$dir/answer-$index" | head -n 4 >&2
        die "$index gives other answers"
    }
done
[ "$(wc -l <"$dir/answer-plain.cdx")" -eq 500 ] || die "there are not 500"
"$DATELINE" import --store "$dir/piped" - <"$dir/plain.cdx" >/dev/null ||
    die "standard input is not read"
ask "$dir/piped" | cmp -s - "$dir/answer-plain.cdx" || die "a pipe differs"

# Bad lines are counted and said, the others kept; a damaged file keeps none.
{ head -n 3 "$dir/plain.cdx"; echo "not a capture"; } >"$dir/odd.cdx"
exits 0 "$DATELINE" import --store "$dir/odd" "$dir/odd.cdx"
grep -q "1 lines are no captures; the first is line 4" "$dir/err" ||
    die "it says: $(cat "$dir/err")"
head -c 700 "$dir/packed.cdx.gz" >"$dir/cut.gz"
printf 'garbage garbage garbage' >>"$dir/cut.gz"
exits 3 "$DATELINE" import --store "$dir/cut" "$dir/cut.gz"
exits 4 "$DATELINE" lookup --store "$dir/cut" http://h0.org/0
