#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# src/index/FORMAT.md is right: a reader made from it alone finds in a store
# what was put there.
. "$SOURCE/tests/e2e/lib/common.sh"

reader="$SOURCE/tests/format_reader.py"

# Captures of many shapes: long and odd URLs, revisits, every kind of digest.
python3 - >"$dir/made.cdx" <<'END'
import base64, hashlib
rows = []
for i in range(3000):
    host = "org,h%02d" % (i % 37)
    path = "/%s/%d" % ("ab/" * (i % 11), i // 3)
    if i % 100 == 7:
        path += "?" + "x" * 700 + "=%d" % i
    url = "http%s://%sh%02d.org%s" % ("s" * (i % 2), "www." * (i % 3 == 0), i % 37,
                                      path if i % 5 else path.upper())
    digest = base64.b32encode(hashlib.sha1(b"%d" % (i // 2)).digest()).decode()
    if i % 50 == 3:
        digest = "sha256:" + hashlib.sha256(b"%d" % i).hexdigest()
    rows.append((host + ")" + path, "20%02d0102%06d" % (i % 24, i % 60), url,
                 "warc/revisit" if i % 4 == 1 else "text/html",
                 "-" if i % 4 == 1 else str(200 + i % 3), digest,
                 "http://elsewhere.org/%d" % i if i % 9 == 0 else "-",
                 "-", str(i + 1), str(i * 1000), "crawl-%d.warc.gz" % (i % 7)))
rows.sort()
for row in rows:
    print(*row)
END
dl import "$dir/made.cdx"
awk '{ print $1 "\t" $2 "\t" $3 "\t" $4 "\t" $5 "\t" $6 "\t" $7 "\t" $9 "\t" $10 "\t" $11 }' \
    "$dir/made.cdx" >"$dir/want"
python3 "$reader" "$DATELINE_STORE" >"$dir/got"
cmp -s "$dir/want" "$dir/got" || {
    diff "$dir/want" "$dir/got" | head -n 4 >&2
    die "the captures differ"
}
python3 "$reader" "$DATELINE_STORE" --counts >"$dir/counts"
grep -qx "times	3000" "$dir/counts" || die "table times: $(cat "$dir/counts")"
grep -qx "digests	3000" "$dir/counts" || die "table digests: $(cat "$dir/counts")"

# Articles, against what export says.
command -v zstd >/dev/null || exit 0
export DATELINE_STORE="$dir/articles"
dl ingest -q "$FIXTURES"/news-*
python3 "$reader" "$DATELINE_STORE" --articles >"$dir/articles.tsv"
dl export --format jsonl >/dev/null
py <<'END'
texts = {row.split("\t", 3)[3] for row in text("articles.tsv").splitlines()}
exported = {row["text"].replace("\n", " ") for row in lines("out")}
check(exported and exported <= texts, "texts that the reader does not find:", len(exported - texts))
END
