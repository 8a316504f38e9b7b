# SPDX-License-Identifier: Apache-2.0
#
# The --help of one command as mdoc.

# As roff wants plain text: no escapes, no control lines.
function text(s)
{
    gsub(/\\/, "\\e", s)
    gsub(/-/, "\\-", s)
    if (s ~ /^[.']/)
        s = "\\&" s
    # roff wants each sentence on a line of its own.
    while (match(s, /[^ ][.?!] +[^ a-z]/))
        s = substr(s, 1, RSTART + 1) "\n" substr(s, RSTART + RLENGTH - 1)
    return s
}

# A macro argument stays one argument and is no macro.
function word(s)
{
    gsub(/\\/, "\\e", s)
    gsub(/"/, "\\(dq", s)
    if (s !~ /^[A-Za-z0-9.-]+$/)
        return "\"" s "\""
    return "\\&" s
}

function end_literal()
{
    if (literal)
        print ".Ed"
    literal = 0
}

NR == 1 { # usage: dateline NAME [OPTION...] OPERANDS
    name = $3
    print ".Ss dateline " name
    printf ".Nm dateline %s", name
    for (i = 4; i <= NF; i++)
        if ($i == "[OPTION...]")
            printf " Oo Ar option ... Oc"
        else
            printf " Ar %s", $i
    print ""
    next
}

/^options:$/ {
    end_literal()
    print ".Bl -tag -width Ds"
    part = "options"
    next
}

part == "options" && /^  +-/ {
    line = $0
    sub(/^ +/, "", line)
    # Help begins after two blanks, or on the next line.
    gap = match(line, /  +[^ ]/)
    left = gap ? substr(line, 1, gap - 1) : line
    right = gap ? substr(line, gap) : ""
    sub(/^ +/, "", right)
    n = split(left, w, /,? +/)
    printf ".It"
    for (i = 1; i <= n; i++)
        if (w[i] ~ /^-/) {
            sub(/^-/, "", w[i])
            printf "%s Fl %s", (i > 1 ? " ," : ""), w[i]
        } else {
            printf " Ar %s", word(w[i])
        }
    print ""
    if (right != "")
        print text(right)
    next
}

part == "options" {
    sub(/^ +/, "")
    if ($0 != "")
        print text($0)
    next
}

/^$/ { blank = 1; next }

/^ / {
    if (!literal) {
        print ".Bd -literal -offset indent"
        literal = 1
    } else if (blank) {
        print ""
    }
    blank = 0
    print text($0)
    next
}

{
    end_literal()
    if (blank)
        print ".Pp"
    blank = 0
    line = text($0)
    # The summary is the first line: a sentence here.
    if (!said++)
        line = toupper(substr(line, 1, 1)) substr(line, 2) "."
    print line
}

END {
    if (part == "options")
        print ".El"
}
