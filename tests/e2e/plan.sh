#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# A crawl in tasks: the plan is the same however the archives are named, tasks
# may run twice, at once, be killed and fail, and the store that comes out of
# any number of parts answers as the one a single machine makes.
. "$SOURCE/tests/e2e/lib/common.sh"
cd "$dir"
mkdir crawl
cp "$FIXTURES"/*.warc* "$FIXTURES"/*.arc.gz "$FIXTURES"/*.wacz crawl

plan() {
    "$DATELINE" plan "$@" 2>>"$dir/said" || die "plan $* exits with $?"
}
plan --tasks 6 -o plan crawl
plan --tasks 6 crawl/news-4.arc.gz crawl/news-5.wacz crawl/news-3.warc.zst \
    crawl/damaged.warc.gz crawl/news-2.warc crawl/news-1.warc.gz >again
cmp plan again || die "the plan hangs on the order of the names"
cp crawl/news-2.warc crawl/copy.warc
plan --tasks 6 crawl >again
python3 - <<'END' || die "the plan is not right"
import json
rows = [json.loads(line) for line in open("plan")]
again = [json.loads(line) for line in open("again")]
files = [r for r in rows if "path" in r]
tasks = [r for r in rows if "task" in r]
covered = {}
for t in tasks:
    assert t["bytes"] == sum(p["to"] - p["from"] for p in t["parts"])
    for p in t["parts"]:
        covered.setdefault(p["file"], []).append((p["from"], p["to"]))
for f in files:
    parts, at = sorted(covered[f["file"]]), 0
    for a, b in parts:
        assert a == at, (f, parts)
        at = b
    assert at == f["size"], (f, parts)
assert len(tasks) == 6 and any(len(v) > 1 for v in covered.values())
# The same bytes under two names are planned once.
assert len([r for r in again if "path" in r]) == len(files)
END
rm crawl/copy.warc

# A container that is none is named and left out.
printf 'PK\003\004 no zip' >crawl/broken.wacz
exits 3 "$DATELINE" plan crawl/broken.wacz crawl/news-2.warc
grep -q "broken.wacz.*not in the plan" err || die "says: $(cat err)"
[ "$(wc -l <out)" -eq 3 ] || die "and the others are not planned"
rm crawl/broken.wacz
exits 3 "$DATELINE" plan crawl/missing.warc
exits 2 "$DATELINE" plan --tasks 0 crawl

# Nothing is done.
exits 1 "$DATELINE" status shards --plan plan --format list
[ "$(cat out)" = 0-5 ] || die "status of nothing: $(cat out)"
exits 1 "$DATELINE" merge --plan plan --shards shards --store st

# Twice, and two at once: one shard a task.
task() {
    "$DATELINE" ingest -q --plan plan --task "$1" --out "${2-shards}" \
        2>>"$dir/said" || die "task $1 exits with $?"
}
task 0 & one=$!
task 0 & two=$!
wait $one || exit 1
wait $two || exit 1
task 0
[ "$(ls shards | wc -l)" -eq 1 ] || die "one task, but: $(ls -A shards)"
ls shards >before
task 0 elsewhere
ls elsewhere | cmp - before || die "a task gives another shard elsewhere"

# Killed, it leaves nothing that counts.
"${CC:-cc}" -shared -fPIC -O1 -o killer.so "$SOURCE/tests/e2e/lib/killer.c" \
    -ldl || die "cannot build the killer"
rc=0
{ LD_PRELOAD=$dir/killer.so KILL_AT=3 \
    ASAN_OPTIONS="${ASAN_OPTIONS-}:verify_asan_link_order=0" \
    "$DATELINE" ingest -q --plan plan --task 1 --out shards; } >out 2>&1 ||
    rc=$?
[ "$rc" -eq 137 ] || die "was to be killed, exits with $rc"
exits 1 "$DATELINE" status shards --plan plan --format list
[ "$(cat out)" = 1-5 ] || die "after a kill: $(cat out)"
task 1

# An archive that cannot be reached for a while: 75, named, and tried again.
# One that is another now: final.
mv crawl/news-3.warc.zst away
last=$(grep -n '"file":3,"from"' plan | tail -1 | sed 's/.*"task":\([0-9]*\).*/\1/')
exits 75 "$DATELINE" ingest -q --plan plan --task "$last" --out shards
exits 1 "$DATELINE" status shards --plan plan
grep -q "failed.*another try.*news-" out || die "status says: $(cat out)"
printf x >crawl/news-3.warc.zst
exits 3 "$DATELINE" ingest -q --plan plan --task "$last" --out shards
exits 1 "$DATELINE" status shards --plan plan --format json
grep -q '"again":false' out || die "status says: $(cat out)"
mv away crawl/news-3.warc.zst
for i in 2 3 4 5; do task $i; done
exits 0 "$DATELINE" status shards --plan plan
! ls shards | grep -q failed || die "a failure is still told of: $(ls shards)"

# Any number of parts gives what one machine gives.
answers() {
    DATELINE_STORE=$1 "$DATELINE" export
    DATELINE_STORE=$1 "$DATELINE" stories --format jsonl
    for d in example test; do
        DATELINE_STORE=$1 "$DATELINE" lookup --match domain --format cdxj $d
    done
    DATELINE_STORE=$1 "$DATELINE" trace --format json \
        "Firefighters brought 112 residents to safety by boat"
}
"$DATELINE" ingest -q --store single crawl 2>>said || true
answers single >single.answers
for m in 1 2 5; do
    if [ $m -eq 1 ]; then
        dl merge --plan plan --shards shards --store st$m
    else
        for k in $(seq $m); do
            dl merge --plan plan --shards shards --range "$k/$m" --store st$m
            dl merge --plan plan --shards shards --range "$k/$m" --store st$m
            [ "$k" -eq "$m" ] ||
                exits 1 "$DATELINE" merge --plan plan --parts $m --store st$m
        done
        dl merge --plan plan --parts $m --store st$m
    fi
    answers st$m >answers
    cmp single.answers answers || die "$m parts answer otherwise"
    [ ! -e st$m.parts ] || die "the parts are left behind"
    exits 0 "$DATELINE" verify --store st$m
    # What is in it is known: nothing is read again.
    "$DATELINE" ingest --store st$m crawl >out 2>>said || true
    grep -q "nothing new" out || die "reads again: $(cat out)"
done
# Told to merge again, as a scheduler does when a node was lost: it is done.
dl merge --plan plan --shards shards --store st2
dl merge --plan plan --parts 2 --store st2
answers st2 >answers
cmp single.answers answers || die "merged twice, it answers otherwise"
[ ! -e st2.parts ] || die "the parts of a second merge are left behind"

# A store that has some of the archives would have them twice.
"$DATELINE" ingest -q --store some crawl/damaged.warc.gz 2>>said || true
exits 4 "$DATELINE" merge --plan plan --shards shards --store some
grep -q "some of these archives" err || die "says: $(cat err)"

# The same archives cut otherwise: the shards are not those of that plan, nor
# is a part that was left behind.
cp crawl/news-1.warc.gz other.warc.gz
cat crawl/news-1.warc.gz >>other.warc.gz
plan --tasks 3 -o three other.warc.gz
plan --tasks 2 -o two other.warc.gz
for i in 0 1 2; do
    dl ingest -q --plan three --task $i --out cuts
done
exits 1 "$DATELINE" status cuts --plan two --format list
[ "$(cat out)" = 0-1 ] || die "shards of another plan count: $(cat out)"
exits 1 "$DATELINE" merge --plan two --shards cuts --store st
dl merge --plan three --shards cuts --range 1/2 --store st
exits 4 "$DATELINE" merge --plan plan --shards shards --range 1/2 --store st
grep -q "another plan" err || die "says: $(cat err)"
dl merge --plan plan --shards shards --range 2/2 --store st
exits 4 "$DATELINE" merge --plan plan --parts 2 --store st
rm -r st.parts

# A shard that lost a file is no empty one.
for gone in manifest.mdb look segments/00000000.seg; do
    cp -r shards hurt
    rm "$(find hurt -name '00000-*.shard')/$gone"
    exits 4 "$DATELINE" merge --plan plan --shards hurt --store st
    grep -q "hurt/00000-" err || die "without $gone, says: $(cat err)"
    rm -r hurt
done

# Ten thousand shards are looked through once, not once for each.
mkdir none many
plan --tasks 10000 -o plenty none
dl ingest -q --plan plenty --task 0 --out many
python3 - <<'END'
import os
rest = os.listdir("many")[0][5:]
for i in range(1, 10000):
    os.mkdir("many/%05d%s" % (i, rest))
END
(ulimit -t 5 && "$DATELINE" status many --plan plenty >out) ||
    die "status of many shards: $(cat out)"

# A name that JSON cannot hold is said, not changed.
mkdir odd
cp crawl/news-2.warc "odd/$(printf 'a\377b').warc"
exits 2 "$DATELINE" plan odd
grep -q "not UTF-8" err || die "says: $(cat err)"
# Killed at any of its changes to the disk, a merge is completed by the next.
merge() {
    ASAN_OPTIONS="${ASAN_OPTIONS-}:verify_asan_link_order=0" \
        "$DATELINE" merge --plan plan --shards shards --store killed
}
LD_PRELOAD=$dir/killer.so KILL_COUNT=$dir/count merge >out 2>&1 ||
    die "counted, it fails: $(cat out)"
at=1 kills=0
while [ "$at" -le "$(cat count)" ]; do
    rm -rf killed killed.parts
    rc=0
    { LD_PRELOAD=$dir/killer.so KILL_AT=$at merge; } >out 2>&1 || rc=$?
    [ "$rc" -eq 0 ] || [ "$rc" -eq 137 ] || die "killed at $at: $(cat out)"
    [ "$rc" -eq 0 ] || kills=$((kills + 1))
    dl merge --plan plan --shards shards --store killed
    answers killed >answers
    cmp single.answers answers || die "killed at change $at it is another"
    at=$((at + 4))
done
[ "$kills" -gt 4 ] || die "only $kills merges were killed"
echo "$test_name: 6 tasks, 3 ways to merge, one answer"
