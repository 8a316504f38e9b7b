#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Every command explains itself, the manual says the same, mistakes on the
# command line end with exit code 2 and a hint.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
page=$(dirname "$DATELINE")/../man/dateline.1
bad=0

wrong() {
    echo "help: $*" >&2
    bad=1
}

# exits CODE ARGUMENT...: and says something on the right stream.
exits() {
    want=$1
    shift
    rc=0
    "$DATELINE" "$@" >"$dir/out" 2>"$dir/err" </dev/null || rc=$?
    [ "$rc" -eq "$want" ] || wrong "'dateline $*' exits $rc, not $want"
    case $want in
    0) [ -s "$dir/out" ] || wrong "'dateline $*' says nothing" ;;
    2) [ -s "$dir/err" ] || wrong "'dateline $*' fails without a word" ;;
    esac
}

exits 0 --help
cp "$dir/out" "$dir/all"
commands=$(sed -n 's/^  \([a-z]\{2,\}\) .*/\1/p' "$dir/all")
[ -n "$commands" ] || wrong "--help lists no command"

exits 0 --version
exits 2
exits 2 no-such-command
grep -q -- "--help" "$dir/err" || wrong "an unknown command gets no hint"
# The manual as plain text on one line: how roff breaks lines does not matter.
[ -s "$page" ] || wrong "there is no manual at $page"
sed 's/\\e/\\/g; s/\\-/-/g; s/\\&//g; s/"//g' "$page" | tr -s '\n ' '  ' \
    >"$dir/page"

said() { # COMMAND TEXT
    grep -qF -- "$2" "$dir/page" || wrong "the manual lacks '$2' of $1"
}

for c in $commands; do
    exits 0 "$c" --help
    cp "$dir/out" "$dir/help"
    head -n 1 "$dir/help" | grep -q "^usage: dateline $c" ||
        wrong "$c --help does not begin with its usage"
    exits 0 help "$c"
    cmp -s "$dir/out" "$dir/help" || wrong "help $c differs from $c --help"
    exits 2 "$c" --no-such-option
    grep -q -- "--no-such-option" "$dir/err" ||
        wrong "$c does not name the option it does not know"
    # Only ASCII, no tabs, no line beyond a common terminal.
    LC_ALL=C awk -v c="$c" 'length > 80 || /[^ -~]/ {
        print "help: " c " --help, line " NR ": " $0; n++ }
        END { exit (n > 0) }' "$dir/help" >&2 || bad=1

    said "$c" ".Ss dateline $c "
    sed -n 's/^ .*\(--[a-z0-9-]*\).*/\1/p' "$dir/help" | sort -u \
        >"$dir/options"
    while read -r option; do
        said "$c" "Fl ${option#-}"
    done <"$dir/options"

    # An option that wants a value complains when there is none.
    valued=$(sed -n 's/^ .*\(--[a-z0-9-]*\) [A-Z].*/\1/p' "$dir/help" |
        head -n 1)
    [ -z "$valued" ] || exits 2 "$c" "$valued"
done

# The exit codes of the code are those of the manual.
sed -n 's/^ *EXIT_[A-Z]* = \([0-9]*\),.*/\1/p' \
    "$SOURCE/tools/dateline/cmd.h" >"$dir/codes"
[ -s "$dir/codes" ] || wrong "no exit codes found in cmd.h"
while read -r code; do
    said "exit status" ".It $code "
done <"$dir/codes"

if command -v mandoc >/dev/null; then
    mandoc -Tlint -Wwarning "$page" "$SOURCE"/tools/man/*.[1-9] >&2 ||
        wrong "mandoc finds fault"
fi

# Completion reads the same --help.
if command -v bash >/dev/null; then
    PATH=$(dirname "$DATELINE"):$PATH bash -c '
        . "$1/tools/completions/dateline.bash"
        COMP_WORDS=(dateline "") COMP_CWORD=1
        _dateline
        printf "%s\n" "${COMPREPLY[@]}"' - "$SOURCE" >"$dir/completed"
    for c in $commands; do
        grep -qx "$c" "$dir/completed" || wrong "bash does not complete $c"
    done
fi

[ "$bad" -eq 0 ] || exit 1
echo "help: $(echo "$commands" | wc -l) commands explain themselves"
