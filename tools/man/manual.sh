#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# manual.sh DATELINE PAGE.in OUT: the page, its line @COMMANDS@ replaced by a
# subsection for each command.
set -eu
dateline=$1
page=$2
here=$(dirname "$0")
exec >"$3"

sed '/^@COMMANDS@$/,$d' "$page"
"$dateline" --help | sed -n 's/^  \([a-z]\{2,\}\) .*/\1/p' |
    while read -r command; do
        "$dateline" "$command" --help | awk -f "$here/commands.awk"
    done
sed '1,/^@COMMANDS@$/d' "$page"
