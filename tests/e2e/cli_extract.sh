#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# labels: threads
#
# extract: the article of each page, whole, and nothing that stands around it.
. "$SOURCE/tests/e2e/lib/common.sh"
mkdir "$dir/pages"
python3 "$SOURCE/tests/e2e/lib/unpack.py" "$FIXTURES" "$dir/pages"
list=$dir/pages/list
first=$(head -n 1 "$list" | cut -f 1)
url=$(head -n 1 "$list" | cut -f 2)

dl extract --list "$list" --format jsonl >"$dir/all"
dl extract --list "$list" --format json >"$dir/array"
dl extract -j 3 --list "$list" --format jsonl >"$dir/threads"
cmp -s "$dir/all" "$dir/threads" || die "with -j 3 the answer is another"
dl extract --url "$url" "$first" >"$dir/one"
dl extract --url "$url" - <"$first" >"$dir/piped"
gzip -c "$first" >"$dir/page.html.gz"
dl extract --url "$url" "$dir/page.html.gz" >"$dir/gzipped"
dl extract --url "$url" --format text "$first" >"$dir/text"
dl extract --url "$url" --format markdown "$first" >"$dir/markdown"
dl extract --url "$url" --format html "$first" >"$dir/html"
dl extract --url "$url" --captured 20250304 --explain "$first" >"$dir/explained"
[ "$(wc -c <"$dir/explained")" -gt "$(wc -c <"$dir/one")" ] ||
    die "--explain explains nothing"

py <<'END'
import re
def plain(s):
    return re.sub(r"\W+", " ", s).strip().lower()

rows = lines("all")
check(len(rows) >= 10, "pages:", len(rows))
check(json.loads(text("array")) == rows, "json and jsonl differ")
for r in rows:
    page, body = pages[r["url"]], plain(r["text"])
    for p in page["paragraphs"]:
        check(plain(p) in body, r["url"], "lacks:", p[:60])
    for other in page["others"]:
        check(plain(other) not in body, r["url"], "carries another story:", other[:60])
    for noise in ("Advertisement", "Sign in", "AI features", "minutes ago", "Leave a Reply", "Sign up", "Most read", "More from the Courier"):
        check(plain(noise) not in body, r["url"], "carries:", noise)
    check(r["title"] == page["title"], r["url"], "title:", r["title"])
    check((r["published"] or "")[:10] == page["published"], r["url"], "published:", r["published"])
    check(r["lang"] == page["language"], r["url"], "lang:", r["lang"])
    if page["author"] and r["authors"]:
        check(page["author"] in r["authors"], r["url"], "authors:", r["authors"])

def one(name):
    r = json.loads(text(name))
    r = r[0] if isinstance(r, list) else r
    r.pop("file")
    return r
check(one("one")["text"] == rows[0]["text"], "a file by itself reads otherwise than in a list")
check(one("piped") == one("one") and one("gzipped") == one("one"), "a pipe or a gzipped page read otherwise")
check(rows[0]["title"] in text("text") and rows[0]["text"].split("\n")[0] in text("text"), "text lacks its beginning")
import html as entities
html = text("html")
said = plain(entities.unescape(re.sub(r"<[^>]*>", "", html)))
check(plain(rows[0]["title"]) in said, "HTML lacks the title")
for line in rows[0]["text"].split("\n"):
    check(plain(line) in said, "HTML lacks:", line[:60])
check(not re.search(r"<(script|style|iframe|img)|\bon\w+=", html), "HTML is not clean")
check(text("markdown").startswith("# " + rows[0]["title"]), "Markdown begins:", text("markdown")[:80])
END

# On a terminal an explanation fits its width, and colours can be refused.
python3 - "$DATELINE" "$first" "$url" <<'END'
import fcntl, os, pty, re, struct, sys, termios

def shown(columns, **env):
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.pop("NO_COLOR", None)
        os.environ.update(env)
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        os.execv(sys.argv[1], [sys.argv[1], "extract", "--explain", "--url", sys.argv[3], sys.argv[2]])
    out = b""
    while True:
        try:
            part = os.read(fd, 65536)
        except OSError:
            part = b""
        if not part:
            break
        out += part
    os.waitpid(pid, 0)
    return out.decode()

for columns in (80, 120):
    text = shown(columns)
    lines = re.sub(r"\033\[[0-9;]*m", "", text).split("\r\n")
    assert "\033[" in text, "no colours"
    # The first line is the file's name, whatever its length.
    wide = [l for l in lines[1:] if len(l) > columns]
    assert not wide, wide[:3]
    assert max(map(len, lines[1:])) > columns - 20, "room is not used"
    for mark in "*+-":
        assert any(l.startswith(mark + " ") for l in lines), mark
assert "\033" not in shown(80, NO_COLOR="1"), "NO_COLOR is not heard"
END

exits 3 "$DATELINE" extract "$dir/no-such.html"
grep -q no-such.html "$dir/err" || die "the missing file is not named"
exits 2 "$DATELINE" extract --format nonsense "$first"
exits 2 "$DATELINE" extract
# Nothing in, no article out, and no crash.
: >"$dir/empty.html"
rc=0
"$DATELINE" extract "$dir/empty.html" >"$dir/out" 2>&1 || rc=$?
[ "$rc" -le 1 ] || die "an empty page ends with exit code $rc"
echo "$test_name: all good"
