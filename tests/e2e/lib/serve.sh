# SPDX-License-Identifier: Apache-2.0
#
# A server over the present store, spoken to with curl.  Source it after
# common.sh.
command -v curl >/dev/null || {
    echo "skipped, there is no curl"
    exit 77
}

# start_server [OPTION...]: sets $server (its process), $root and $replay (the
# two origins, each with a '/' at its end); it ends with the test.
start_server() {
    "$DATELINE" serve --listen 127.0.0.1:0 "$@" >"$dir/serving" \
        2>"$dir/served" &
    server=$!
    trap 'kill $server 2>/dev/null || :; rm -rf "$dir"' EXIT
    tries=0
    while ! grep -q '^archived pages' "$dir/serving"; do
        tries=$((tries + 1))
        [ "$tries" -lt 100 ] || die "it does not start: $(cat "$dir/served")"
        sleep 0.1
    done
    root=$(sed -n 's/^serving .* on //p' "$dir/serving")
    replay=$(sed -n 's/^archived pages on //p' "$dir/serving")
}

# get NAME PATH [CURL OPTION...]: head in NAME.head, body in NAME.body.  What
# is archived comes from its own origin.
get() {
    name=$1 path=$2
    shift 2
    case $path in
    web/*) from=$replay ;;
    *) from=$root ;;
    esac
    curl -s --max-time 20 -D "$dir/$name.head" -o "$dir/$name.body" \
        --path-as-is "$@" "$from$path" || die "$path: no answer"
}

# says NAME STATUS [HEADER...]: the status, and lines of the head.
says() {
    name=$1 status=$2
    shift 2
    head -n 1 "$dir/$name.head" | grep -q "^HTTP/1.1 $status" ||
        die "$name: $(head -n 1 "$dir/$name.head"), not $status"
    for line; do
        tr -d '\r' <"$dir/$name.head" | grep -qixF "$line" ||
            die "$name: no '$line' in: $(cat "$dir/$name.head")"
    done
}
