# SPDX-License-Identifier: Apache-2.0
#
# dateline-export(5) with its line @FIELDS@ replaced by the table that
# `dateline export --schema tsv` prints: awk -f fields.awk TABLE PAGE

BEGIN { FS = "\t" }

function text(s)
{
    gsub(/\\/, "\\e", s)
    gsub(/-/, "\\-", s)
    return s
}

NR == FNR {
    type = $2 == "array" ? "array of strings" : $2
    fields = fields ".It Va " $1 " Pq " type ($3 == "yes" ? " or null" : "") \
        "\n" text($4) "\n"
    next
}

/^@FIELDS@$/ {
    printf "%s", fields
    next
}

{ print }
