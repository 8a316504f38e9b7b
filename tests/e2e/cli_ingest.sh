#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# labels: threads
#
# ingest: counts what is there, does nothing twice, gives the same store
# whatever the number of threads and the order and kind of its input.
. "$SOURCE/tests/e2e/lib/common.sh"

dump() { # STORE: everything it knows, in an order of its own
    DATELINE_STORE=$1 "$DATELINE" export --type any 2>/dev/null ||
        DATELINE_STORE=$1 "$DATELINE" export
    for d in example test; do
        DATELINE_STORE=$1 "$DATELINE" lookup --match domain --format jsonl $d ||
            true
    done
}

dl ingest --format json "$FIXTURES"/news-* >"$dir/first"
dl ingest --format json "$FIXTURES"/news-* >"$dir/second"
py <<'END'
first, second = lines("first")[0], lines("second")[0]
types = {}
for counts in expected["files"].values():
    for kind, n in counts.items():
        types[kind] = types.get(kind, 0) + n
check(first["by_type"] == types, "records by type:", first["by_type"], "not", types)
check(first["records"] == sum(types.values()), "records:", first["records"])
check(first["captures"] == len(expected["captures"]), "captures:", first["captures"])
check(first["revisits"] == types["revisit"], "revisits:", first["revisits"])
check(first["damaged"] == 0 and first["mismatched"] == 0, "damage where there is none:", first)
check(first["files"] == 5 and first["files_done"] == 5, "files:", first["files"])
check(second["records"] == 0 and second["captures"] == 0, "the second run did something:", second)
check(second["files_known"] == 5, "files known:", second["files_known"])
END
dump "$dir/store" | sort >"$dir/all"
[ -s "$dir/all" ] || die "the store is empty"

# Other threads, another order, a directory: the same store.
for variant in "-j 1" "-j 4"; do
    # shellcheck disable=SC2086 # words
    exits 0 "$DATELINE" ingest -q --store "$dir/other" $variant \
        "$FIXTURES"/news-5* "$FIXTURES"/news-3* "$FIXTURES"/news-1* \
        "$FIXTURES"/news-4* "$FIXTURES"/news-2*
    dump "$dir/other" | sort >"$dir/dump"
    cmp -s "$dir/all" "$dir/dump" || {
        diff "$dir/all" "$dir/dump" | cut -c 1-300 | head -n 6 >&2
        die "with $variant the store is another"
    }
    rm -r "$dir/other"
done
# Many small publications, each page judged alone: as one large one.
for variant in "-j 2" "-j 4 --publish-every 8k"; do
    # shellcheck disable=SC2086 # words
    exits 0 "$DATELINE" ingest -q --alone --store "$dir/other" $variant \
        "$FIXTURES"/news-*
    dump "$dir/other" | sort >"$dir/dump.${variant##*[ -]}"
    rm -r "$dir/other"
done
cmp -s "$dir/dump.2" "$dir/dump.8k" || die "published often it is another store"
mkdir "$dir/archives"
cp "$FIXTURES"/news-* "$FIXTURES/README.md" "$dir/archives"
exits 0 "$DATELINE" ingest -q --store "$dir/other" "$dir/archives"
dump "$dir/other" | sed "s|$dir/archives|$FIXTURES|" | sort >"$dir/dump"
cmp -s "$dir/all" "$dir/dump" || die "from a directory the store is another"

# A pipe.
rc=0
"$DATELINE" ingest --store "$dir/piped" --format json - \
    <"$FIXTURES/news-1.warc.gz" >"$dir/out" 2>"$dir/err" || rc=$?
[ "$rc" -eq 0 ] || { cat "$dir/err" >&2; die "from a pipe: exit code $rc"; }
py <<'END'
check(lines("out")[0]["captures"] == sum(c["file"] == "news-1.warc.gz" for c in expected["captures"]),
      "captures from a pipe:", lines("out")[0]["captures"])
END

# Damage costs the damaged record and is reported with its place.
exits 0 "$DATELINE" ingest --store "$dir/damaged" --format json \
    "$FIXTURES/damaged.warc.gz"
py <<'END'
s, said = lines("out")[0], text("err")
bad = expected["damaged"]["offsets"][expected["damaged"]["bad"]]
check(s["damaged"] == 1, "damaged stretches:", s["damaged"])
check(s["captures"] in (4, 5), "captures beside the damage:", s["captures"])
check("damaged.warc.gz" in said and str(bad) in said, "no report with file and offset", bad, "but:", said)
check(said.count("\n") == 1, "one line a stretch, not:", said)
END
for n in 1 2 4 5; do
    exits 0 "$DATELINE" lookup --store "$dir/damaged" \
        "https://damage.example/$n"
done

# What cannot be read is named, and the rest is ingested all the same.
exits 3 "$DATELINE" ingest --store "$dir/absent" "$dir/no-such.warc.gz" \
    "$FIXTURES/news-4.arc.gz"
grep -q no-such.warc.gz "$dir/err" || die "the missing file is not named"
exits 0 "$DATELINE" lookup --store "$dir/absent" http://www.nordblatt.example/abo
# No store can be made below a file.
exits 4 "$DATELINE" ingest --store "$FIXTURES/README.md/x" "$FIXTURES"/news-2*

# An input of no bytes and unknown size is soon done.
timeout 60 "$DATELINE" ingest -q --store "$dir/nothing" - </dev/null ||
    die "an empty standard input: exit status $?"

# The same bytes under two names are one archive, in one run as in two.
mkdir "$dir/twice"
cp "$FIXTURES"/news-2* "$dir/twice/a.warc"
cp "$FIXTURES"/news-2* "$dir/twice/b.warc"
dl ingest -q --store "$dir/once" "$dir/twice/a.warc"
dl ingest -q --store "$dir/both" "$dir/twice"
for s in once both; do
    dl lookup --store "$dir/$s" --match domain --format cdxj example |
        sed 's/"filename": "[ab]/"filename": "/' >"$dir/$s.cdxj"
done
[ -s "$dir/once.cdxj" ] || die "no captures of the copied archive"
cmp -s "$dir/once.cdxj" "$dir/both.cdxj" || die "a copy is ingested again"

# A link back to a folder above is no other folder.
mkdir -p "$dir/loop/sub"
cp "$FIXTURES"/news-2* "$dir/loop"
ln -s .. "$dir/loop/sub/up"
exits 0 "$DATELINE" ingest --format json --store "$dir/looped" "$dir/loop"
py <<'END'
check(lines("out")[0]["files"] == 1, "files read around a loop:", lines("out")[0])
END
echo "$test_name: all good"
