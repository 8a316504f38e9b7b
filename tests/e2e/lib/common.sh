# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2034 # what is set here, the tests use
#
# Sourced by the end-to-end tests: a temporary $dir with an empty store in
# $DATELINE_STORE, and ways to fail with a sentence.  Answers are compared with
# fixtures/expected.json by short Python programs; without a Python the test
# counts as skipped.

set -eu
test_name=${0##*/}
test_name=${test_name%.sh}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export FIXTURES DATELINE_STORE="$dir/store"

die() {
    echo "$test_name: $*" >&2
    exit 1
}

command -v python3 >/dev/null || {
    echo "$test_name: skipped, there is no python3"
    exit 77
}

# exits CODE COMMAND...: its output in $dir/out and $dir/err.
exits() {
    want=$1
    shift
    rc=0
    "$@" >"$dir/out" 2>"$dir/err" || rc=$?
    [ "$rc" -eq "$want" ] || {
        cat "$dir/err" >&2
        die "'$*' exits with $rc, not $want"
    }
}

# dl ARGUMENT...: dateline, which has to succeed and to keep quiet on stderr.
dl() {
    exits 0 "$DATELINE" "$@"
    [ ! -s "$dir/err" ] || die "'dateline $*' says: $(cat "$dir/err")"
    cat "$dir/out"
}

# py <<'END': a program that knows what the fixtures hold, and fails with a
# sentence.  `lines(file)` reads JSON lines out of $dir.
py() {
    {
        cat <<'PRELUDE'
import json, os, sys
DIR, FIXTURES = os.environ["DIR"], os.environ["FIXTURES"]
expected = json.load(open(FIXTURES + "/expected.json", encoding="utf-8"))
pages = {p["url"]: p for p in expected["pages"]}
def text(name):
    return open(os.path.join(DIR, name), encoding="utf-8").read()
def lines(name):
    return [json.loads(line) for line in text(name).splitlines()]
def stamp(iso):
    return iso.translate({ord(c): None for c in "-:TZ"})
wrong = []
def check(ok, *what):
    if not ok:
        wrong.append(" ".join(map(str, what)))
PRELUDE
        cat
        printf '%s\n' 'sys.exit(chr(10).join(wrong) if wrong else 0)'
    } >"$dir/program.py"
    DIR=$dir python3 "$dir/program.py" || die "see above"
}
