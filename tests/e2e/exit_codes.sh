#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# One meaning for each exit code: a damaged store is 4 in every command that
# reads it, whichever of its pages is damaged; a damaged archive is told, and
# passed over with 0 by what reads on.
. "$SOURCE/tests/e2e/lib/common.sh"
dl ingest -q "$FIXTURES"/news-*
page=https://www.merrow-courier.example/city/halden-bridge-shut
for part in 0 1 2 3; do
    rm -rf "$dir/broken"
    cp -r "$dir/store" "$dir/broken"
    python3 - "$dir/broken" "$part" <<'END'
import glob, sys
for name in glob.glob(sys.argv[1] + "/segments/*.seg"):
    b = bytearray(open(name, "rb").read())
    # Every fourth page, but not the first ones, nor the one with the roots.
    for n in range(3, len(b) // 4096 - 2):
        if n % 4 == int(sys.argv[2]):
            for i in range(60, 4096):
                b[n * 4096 + i] ^= 0x5a
    open(name, "wb").write(b)
END
    for command in "lookup $page" "find --lang en" "trace $page" "versions $page" \
        "stories" "show $page" "cite $page" "cite --trace $page" export stats; do
        rc=0
        # shellcheck disable=SC2086 # words
        "$DATELINE" $command --store "$dir/broken" >"$dir/out" 2>"$dir/err" || rc=$?
        case $rc in
        0) ;; # it did not need that page
        4) told=yes && grep -q "$dir/broken" "$dir/err" || die "'$command' does not name the store: $(cat "$dir/err")" ;;
        *) die "'$command' of a damaged store exits with $rc: $(cat "$dir/err")" ;;
        esac
    done
done
[ "${told-}" = yes ] || die "no damage was met"

exits 0 "$DATELINE" ls "$FIXTURES/damaged.warc.gz"
grep -q "incorrect data check" "$dir/out" || die "ls does not tell of the damage"
exits 0 "$DATELINE" ingest -q --store "$dir/other" "$FIXTURES/damaged.warc.gz"
exits 1 "$DATELINE" check --quiet "$FIXTURES/damaged.warc.gz"
echo "$test_name: all good"
