#!/bin/sh
# Installs packages of Debian when we are root there; else says what to type.
set -u
debian() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update && apt-get -qqy install --no-install-recommends "$@"
}

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    printf 'Cài gói của Debian · Installing from Debian: %s\n' "$*"
    said=$(debian "$@" 2>&1) && exit
    printf '%s\n' "$said" >&2
fi
command="apt-get update && apt-get install $*"
printf '%s\n' >&2 \
    "Máy thiếu $*. Với quyền root, gõ: $command — rồi gõ lại: make $GOAL" \
    "Missing here: $*. As root, type: $command — then again: make $GOAL"
exit 1
