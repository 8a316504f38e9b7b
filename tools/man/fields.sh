#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# fields.sh DATELINE PAGE.in OUT: the page, its line @FIELDS@ replaced by the
# fields of a row.
set -eu
fields=$("$1" export --schema tsv)
printf '%s\n' "$fields" | awk -f "$(dirname "$0")/fields.awk" - "$2" >"$3"
