#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# run.sh TEST.mjs: one test in a real browser.  Needs Chromium, Node and npm,
# and once the packages of package-lock.json; says what is missing and leaves
# with 77 (skipped) when it cannot have them.  Packages go to $PACKAGES, never
# into the source tree.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

skip() {
    echo "browser: skipped, $1"
    exit 77
}

for browser in chromium chromium-browser google-chrome ''; do
    [ -n "$browser" ] || skip "there is no chromium (tools/setup --check)"
    if command -v "$browser" >/dev/null; then
        CHROMIUM=$(command -v "$browser")
        break
    fi
done
command -v node >/dev/null || skip "there is no node (tools/setup --check)"
command -v npm >/dev/null || skip "there is no npm (tools/setup --check)"
[ "$(node -p 'parseInt(process.versions.node)')" -ge 18 ] ||
    skip "node $(node --version) is older than 18"

mkdir -p "$PACKAGES"
exec 9>"$PACKAGES/lock"
flock 9
if ! cmp -s "$here/package-lock.json" "$PACKAGES/installed"; then
    rm -f "$PACKAGES/installed"
    cp "$here/package.json" "$here/package-lock.json" "$PACKAGES"
    (cd "$PACKAGES" && npm ci --ignore-scripts --no-audit --no-fund) \
        >"$PACKAGES/log" 2>&1 ||
        skip "npm cannot install: $(tail -n 1 "$PACKAGES/log")"
    cp "$here/package-lock.json" "$PACKAGES/installed"
fi
exec 9>&-

export CHROMIUM PACKAGES
exec node "$here/$1"
