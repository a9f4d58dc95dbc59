# Sourced by ./run, ./test and the scripts beside it, from any POSIX shell that has `local`.
# Sets: root (the checkout), cache (what setup/ fetched; CHIPTRAIL_CACHE overrides).
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
case $here in */setup) root=${here%/setup} ;; *) root=$here ;; esac
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

# missing_packages FILE...: prints those listed there that dpkg does not have.
missing_packages() {
    local wanted present package
    wanted=$(sed 's/#.*//' "$@" | tr -s ' \t' '\n' | sort -u)
    # shellcheck disable=SC2086
    present=" $(dpkg-query -W -f='${db:Status-Status} ${Package}\n' $wanted 2>/dev/null |
        sed -n 's/^installed //p' | tr '\n' ' ')"
    for package in $wanted; do
        case "$present" in *" $package "*) continue ;; esac
        # A Node.js from elsewhere brings its npm along; Debian's would conflict with it.
        case $package in npm) command -v npm >/dev/null 2>&1 && continue ;; esac
        printf '%s ' "$package"
    done
}

# install_packages FILE...: installs what is missing of the packages listed there.
install_packages() {
    local missing
    command -v dpkg-query >/dev/null 2>&1 ||
        die "this script knows Debian 12; elsewhere install the packages of setup/packages*.txt by hand"
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    say "installing Debian packages: $missing"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 ||
        die "apt-get update failed. Without a network, install these packages first: $missing"
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >&2 ||
        die "apt-get could not install: $missing"
}

# build PRESET [TARGET...]: configures once, builds what changed; the log only when it fails.
build() {
    local preset=$1 log
    shift
    log="$root/build/$preset.log"
    mkdir -p "$root/build"
    if [ ! -e "$root/build/$preset/build.ninja" ]; then
        say "configuring the $preset build"
        (cd "$root" && cmake --preset "$preset") >"$log" 2>&1 || { tail -n 40 "$log" >&2; die "configuring failed; the whole log: $log"; }
    fi
    # A dry run tells in a moment whether there is anything to say.
    if ! ninja -C "$root/build/$preset" -n "$@" 2>/dev/null | grep -q 'no work to do'; then
        say "building ($preset); the first time takes minutes"
        ninja -C "$root/build/$preset" "$@" >"$log" 2>&1 || { grep -nE 'error|FAILED' "$log" | head -n 40 >&2; die "building failed; the whole log: $log"; }
    fi
}
