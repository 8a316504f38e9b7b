#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The README tells the truth: its commands work as written, the files it sends
# a reader to exist, and what it shows is what dateline says (but for times).
. "$SOURCE/tests/e2e/lib/common.sh"
unset DATELINE_STORE
cp "$FIXTURES"/*.warc* "$FIXTURES"/*.arc.gz "$FIXTURES"/*.wacz "$dir"
cp "$SOURCE/README.md" "$dir/readme"
cd "$dir"
PATH=$(dirname "$DATELINE"):$PATH
export PATH

sed -n 's/^\$ dateline /dateline /p' readme | grep -v ' serve ' >commands
[ -s commands ] || die "the README shows no command"
n=0
while read -r command; do
    n=$((n + 1))
    rc=0
    sh -c "$command" >"shown.$n" 2>err </dev/null || rc=$?
    [ "$rc" -eq 0 ] || die "'$command' exits with $rc: $(cat err)"
done <commands

# Paths in the README, and those of each `code span` that looks like one.
grep -o '](\([^)#]*\))' readme | tr -d ']()' | grep -v '://' |
    while read -r path; do
        [ -e "$SOURCE/$path" ] || die "the README links $path, which is not there"
    done
grep -o '`\(src\|tests\|tools\|fixtures\|include\)/[A-Za-z0-9_./]*`' readme |
    tr -d '`' | grep -v '[A-Z][A-Z]' | sort -u | while read -r path; do
    [ -e "$SOURCE/$path" ] || die "the README names $path, which is not there"
done

py <<'END'
import re
shown, n = {}, 0
for block in re.findall(r"```console\n(.*?)```", text("readme"), re.S):
    for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
        command, _, lines_ = part.partition("\n")
        if " serve " not in command:
            n += 1
            shown[n] = command, lines_
for n, (command, block) in shown.items():
    out = text("shown.%d" % n)
    flat = " ".join(out.split())
    for line in block.splitlines():
        if re.search(r" in [\d.]+ s |evidence|lines taken out|\.store \(", line):
            continue
        # Cells the terminal cut end in an ellipsis; columns it dropped or put
        # under their row are elsewhere in the output.
        for cell in re.split(r"\s{2,}", line.strip()):
            cell = cell.rstrip(".").rstrip("…")
            check(cell in flat, "'%s' does not say: %s" % (command, cell))
END
echo "$test_name: $n commands do what the README shows"
