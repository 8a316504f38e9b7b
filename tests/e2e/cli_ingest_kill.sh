#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# ingest, killed before any of its changes to the disk, leaves a store that
# opens; running it again completes it to what an undisturbed run makes.
. "$SOURCE/tests/e2e/lib/common.sh"

"${CC:-cc}" -shared -fPIC -O1 -o "$dir/killer.so" \
    "$SOURCE/tests/e2e/lib/killer.c" -ldl || die "cannot build the killer"
# A sanitizer's runtime wants to come first; it need not here.
export ASAN_OPTIONS="${ASAN_OPTIONS-}:verify_asan_link_order=0"

ingest() {
    "$DATELINE" ingest -q -j 1 --publish-every 16k --store "$1" \
        "$FIXTURES"/news-*
}

dump() {
    DATELINE_STORE=$1 "$DATELINE" export
    for d in example test; do
        DATELINE_STORE=$1 "$DATELINE" lookup --match domain --format jsonl $d
    done
}

LD_PRELOAD=$dir/killer.so KILL_COUNT=$dir/count ingest "$dir/whole"
changes=$(cat "$dir/count")
[ "$changes" -gt 10 ] || die "only $changes changes to the disk were seen"
dump "$dir/whole" | sort >"$dir/all"

# All of them on request, some forty spread evenly otherwise.
step=1
[ -n "${DATELINE_THOROUGH-}" ] || step=$((changes / 40 + 1))
kills=0
at=1
while [ "$at" -le "$changes" ]; do
    rm -rf "$dir/store"
    rc=0
    { LD_PRELOAD=$dir/killer.so KILL_AT=$at ingest "$dir/store"; } \
        >"$dir/out" 2>&1 || rc=$?
    [ "$rc" -eq 137 ] && kills=$((kills + 1))
    [ "$rc" -eq 137 ] || [ "$rc" -eq 0 ] ||
        { cat "$dir/out" >&2; die "killed at change $at: exit code $rc"; }
    # Whatever there is of a store can be read: an answer or none, no error.
    if [ -e "$dir/store" ]; then
        rc=0
        "$DATELINE" lookup --match domain example >"$dir/out" 2>&1 || rc=$?
        case $rc in
        0 | 1) ;;
        4) grep -q -i "no store\|not a store\|no such\|empty" "$dir/out" ||
            die "killed at change $at the store is: $(cat "$dir/out")" ;;
        *) die "killed at change $at, lookup exits with $rc: $(cat "$dir/out")" ;;
        esac
    fi
    ingest "$dir/store" >"$dir/out" 2>&1 ||
        { cat "$dir/out" >&2; die "after a kill at change $at it does not go on"; }
    dump "$dir/store" | sort >"$dir/dump"
    cmp -s "$dir/all" "$dir/dump" || {
        diff "$dir/all" "$dir/dump" | cut -c 1-300 | head -n 6 >&2
        die "after a kill at change $at the store is another"
    }
    at=$((at + step))
done
[ "$kills" -gt 5 ] || die "only $kills runs were killed"
echo "$test_name: $kills kills in $changes changes, always completed"
