# Sourced by ./run, ./test and the other scripts here. Works in any POSIX shell with `local`.
set -eu

root=$(CDPATH= cd -- "$(dirname -- "$0")" && while [ ! -f CMakePresets.json ] && [ "$PWD" != / ]; do cd ..; done && pwd)
cache=${CHIPTRAIL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/chiptrail}
export CHIPTRAIL_CACHE="$cache"

say() { printf 'chiptrail: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null 2>&1; then sudo "$@"
    else die "installing packages needs root: run this once as root, or install sudo"
    fi
}

# install_packages FILE...: installs what dpkg does not have yet of the packages listed there.
install_packages() {
    local missing
    command -v dpkg-query >/dev/null 2>&1 || die "this script knows Debian 12; elsewhere install the packages of setup/packages*.txt by hand"
    missing=$(cat "$@" | sed 's/#.*//' | tr -s ' \t' '\n' | sed '/^$/d' | sort -u | while read -r package; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s ' "$package"
    done)
    # Other Node.js packages bring npm along; then Debian's npm would conflict.
    if command -v npm >/dev/null 2>&1; then missing=$(printf '%s' "$missing" | tr ' ' '\n' | grep -vx -e npm -e nodejs | tr '\n' ' ' || true); fi
    [ -z "${missing%% }" ] && return 0
    say "installing Debian packages: $missing"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 ||
        die "apt-get update failed. Without a network, install these packages first: $missing"
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2 ||
        die "apt-get could not install: $missing"
}
