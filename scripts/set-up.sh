#!/bin/sh
# Makes .venv, or mends it, and installs one lock: scripts/set-up.sh requirements.lock
# Where that lock is installed already it ends within a few hundredths of a second.
# Plain sh, because it runs before there is any Python.
set -u
lock=$1
installed=.venv/$(echo "$lock" | tr / -) # a copy of what was installed
oldest='(3, 11)'

stop() { # Vietnamese, English
    printf '%s\n%s\n' "$1" "$2" >&2
    exit 1
}

# In this folder (its scripts name it), not cut off half-way, on a Python that still runs.
venv_is_sound() {
    [ ! -e .venv/unfinished ] && grep -qsF "$(pwd -P)/.venv/bin/" .venv/bin/pip &&
        .venv/bin/python -c "import pip, sys; sys.exit(sys.version_info < $oldest)" 2>/dev/null
}

# The first Python that will do, in $python; $lack says what is missing of the best one found.
find_python() {
    lack=python
    for name in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        found=$("$name" -c "
import sys
version = '%d.%d.%d' % sys.version_info[:3]
try:
    import ensurepip, venv
    print(('whole' if sys.version_info >= $oldest else 'old') + ' ' + version)
except ImportError:
    print(('bare' if sys.version_info >= $oldest else 'old') + ' ' + version)" 2>/dev/null) || continue
        case $found in
            whole*) python=$name lack= && return ;;
            bare*) [ "$lack" = venv ] || python=$name lack=venv ;;
            old*) [ "$lack" = venv ] || lack=newer version=${found#old } ;;
        esac
    done
}

make_venv() {
    find_python
    case $lack in
        python) sh scripts/debian.sh python3 python3-venv || exit 1 ;;
        venv) sh scripts/debian.sh "${python##*/}-venv" || exit 1 ;;
    esac
    [ -z "$lack" ] || find_python
    case $lack in
        newer) stop \
            "Python $version cũ quá, cần 3.11 trở lên. Gõ: apt-get install python3.11-venv, hoặc: make $GOAL PYTHON=/đường/dẫn/python3.11" \
            "Python $version is too old, 3.11 or newer is needed. Type: apt-get install python3.11-venv, or: make $GOAL PYTHON=/path/to/python3.11" ;;
        ?*) stop \
            "Python trong PATH không tạo được môi trường riêng. Gõ: make $GOAL PYTHON=/usr/bin/python3" \
            "The Python on PATH cannot make a virtual environment. Type: make $GOAL PYTHON=/usr/bin/python3" ;;
    esac
    rm -rf .venv/bin .venv 2>/dev/null # bin first: cut off here, it is not taken for sound
    begin
    said=$("$python" -m venv .venv 2>&1) || stop "Không tạo được .venv: $said" "Cannot make .venv: $said"
}

# From here until the lock is in, what lies in .venv is not to be trusted.
begin() {
    mkdir -p .venv 2>/dev/null && touch .venv/unfinished 2>/dev/null || stop \
        "Không ghi được vào $(pwd). Gõ: sudo chown -R $(id -un) '$(pwd)'" \
        "Cannot write to $(pwd). Type: sudo chown -R $(id -un) '$(pwd)'"
}

# Shows what is being fetched, where somebody is looking.
progress() {
    fetched=0
    while read -r word package _; do
        [ -t 1 ] || continue
        case $word in
            Collecting) fetched=$((fetched + 1)) && printf '\r\033[K  %d %s' $fetched "${package%%==*}" ;;
            Installing) printf '\r\033[K  …' ;;
        esac
    done
    [ ! -t 1 ] || printf '\r\033[K'
}

install_lock() {
    printf 'Cài thư viện vào .venv, lần đầu mất chừng một phút · Installing into .venv (%s)\n' "$lock"
    begin
    {
        PIP_USER=0 .venv/bin/python -m pip install --no-input --disable-pip-version-check \
            --progress-bar off --require-hashes --requirement "$lock" && rm .venv/unfinished
    } 2>&1 | tee .venv/pip.log | progress
    [ -e .venv/unfinished ] || { cp "$lock" "$installed" && return; }
    case $(cat .venv/pip.log) in
        *'No space left'*) stop \
            "Đĩa đầy. Dọn bớt rồi gõ lại: make $GOAL" \
            "The disk is full. Make room, then type again: make $GOAL" ;;
        *'DO NOT MATCH THE HASHES'*) stop \
            "Gói tải về khác với bản đã ghim trong $lock, nên không cài. Thử mạng khác rồi gõ lại: make $GOAL" \
            "A download differs from what $lock pins, so it was not installed. Try another network, then type again: make $GOAL" ;;
        *'Retrying (Retry'* | *'from versions: none'* | *'onnection'* | *'timed out'*) stop \
            "Không tới được kho gói Python (pypi.org). Nối mạng rồi gõ lại: make $GOAL — sau proxy: make $GOAL https_proxy=http://máy:cổng" \
            "The Python package index (pypi.org) cannot be reached. Connect, then type again: make $GOAL — behind a proxy: make $GOAL https_proxy=http://host:port" ;;
        *) stop \
            "Cài thư viện không xong. Gõ: cat .venv/pip.log để xem vì sao, rồi gõ lại: make $GOAL" \
            "The libraries were not installed. Type: cat .venv/pip.log to see why, then again: make $GOAL" ;;
    esac
}

# One set-up at a time: another would take this one's half-made .venv for one that was cut off.
exec 9<Makefile
if command -v flock >/dev/null; then flock 9; fi

venv_is_sound || make_venv
cmp -s "$lock" "$installed" || install_lock
