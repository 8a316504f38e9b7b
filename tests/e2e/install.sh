#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What `cmake --install` leaves is usable by strangers: headers, both
# libraries, pkg-config, find_package, manual, completions; and the shared
# library shows no name but its own.
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
build=$(dirname "$DATELINE")/../..
prefix=$dir/prefix

die() {
    echo "install: $*" >&2
    exit 1
}

cmake --install "$build" --prefix "$prefix" >"$dir/log" 2>&1 ||
    { cat "$dir/log" >&2; die "cmake --install failed"; }

pc=$(find "$prefix" -name dateline.pc)
[ -n "$pc" ] || die "no dateline.pc was installed"
export PKG_CONFIG_PATH="${pc%/*}"
libdir=$(pkg-config --variable=libdir dateline)

for file in bin/dateline share/man/man1/dateline.1 \
    share/man/man5/dateline-formats.5 \
    share/bash-completion/completions/dateline \
    share/zsh/site-functions/_dateline \
    share/fish/vendor_completions.d/dateline.fish; do
    [ -e "$prefix/$file" ] || die "$file was not installed"
done
for header in "$SOURCE"/include/dateline/*.h; do
    [ -e "$prefix/include/dateline/${header##*/}" ] ||
        die "${header##*/} was not installed"
done

# ---- only dtl_ names ----
foreign=$(nm -D --defined-only "$libdir/libdateline.so" |
    awk '$2 ~ /[A-TV-Z]/ && $3 !~ /^dtl_/ { print $3 }')
[ -z "$foreign" ] || die "the library exports names not its own: $foreign"
nm -D --defined-only "$libdir/libdateline.so" | grep -q ' T dtl_version' ||
    die "the library does not export dtl_version"

# Every function a header declares is there to be linked.
cat "$SOURCE"/include/dateline/*.h | tr '\n' ' ' |
    grep -o 'DTL_API[^;{]*;' | grep -o 'dtl_[a-z0-9_]*(' | tr -d '(' |
    sort -u >"$dir/declared"
nm -D --defined-only "$libdir/libdateline.so" | awk '{ print $3 }' |
    sort -u >"$dir/exported"
absent=$(comm -23 "$dir/declared" "$dir/exported")
[ -z "$absent" ] || die "declared in a header, not in the library: $absent"

# ---- a stranger's program ----
# A sanitized library wants a sanitized program: build it the same way.
flags=$(sed -n 's/^DATELINE_SANITIZE:STRING=\(..*\)/-fsanitize=\1/p' \
    "$build/CMakeCache.txt")

mkdir "$dir/app"
cat >"$dir/app/app.c" <<'END'
#include <dateline/base.h>
#include <dateline/time.h>
#include <stdio.h>

int main(void)
{
    char iso[DTL_TIME_ISO];

    dtl_time_iso(dtl_time_parse_14(dtl_str("20250304"), false), iso);
    printf("%s %s\n", dtl_version(), iso);
    return 0;
}
END
version=$(pkg-config --modversion dateline)
expected="$version 2025-03-04T00:00:00Z"

run() { # NAME PROGRAM
    got=$(LD_LIBRARY_PATH=$libdir "$2") || die "$1: the program failed"
    [ "$got" = "$expected" ] || die "$1: it said '$got', not '$expected'"
}

# shellcheck disable=SC2046,SC2086 # flags are words
"${CC:-cc}" $flags -o "$dir/shared" "$dir/app/app.c" \
    $(pkg-config --cflags --libs dateline)
run pkg-config "$dir/shared"

mkdir "$dir/static.lib"
ln -s "$libdir/libdateline.a" "$dir/static.lib/"
# shellcheck disable=SC2046,SC2086
"${CC:-cc}" $flags -o "$dir/static" "$dir/app/app.c" \
    $(pkg-config --cflags dateline) -L"$dir/static.lib" \
    $(pkg-config --static --libs dateline | sed "s|-L$libdir||")
ldd "$dir/static" | grep -q libdateline &&
    die "the static program still needs libdateline.so"
run "pkg-config --static" "$dir/static"

cat >"$dir/app/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.22)
project(app C)
find_package(dateline 0.1 REQUIRED)
add_executable(app app.c)
target_link_libraries(app PRIVATE dateline::dateline)
END
cmake -S "$dir/app" -B "$dir/app/build" -DCMAKE_C_COMPILER="${CC:-cc}" \
    -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_FLAGS="$flags" >"$dir/log" 2>&1 &&
    cmake --build "$dir/app/build" >>"$dir/log" 2>&1 ||
    { cat "$dir/log" >&2; die "find_package(dateline) does not work"; }
run find_package "$dir/app/build/app"

# ---- the installed command ----
[ "$("$prefix/bin/dateline" --version)" = "dateline $version" ] ||
    die "the installed command does not know its version"
echo "install: all good"
