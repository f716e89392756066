# Words and small tools of deploy/quickstart. Sourced.
# shellcheck shell=bash

say() { printf 'turnkey: %s\n' "$*"; }
die() { printf 'turnkey: %s\n' "$*" >&2; exit 1; }

# Two runs on the same data folder would tread on each other.
one_at_a_time() {
  exec 9>"$DATA/.lock"
  flock -w 600 9 || die "another quickstart works on $DATA"
}

as_root() { [ "$(id -u)" = 0 ]; }

# eventually SECONDS COMMAND...: until it succeeds, or fails after that time.
eventually() {
  local end=$((SECONDS + $1)); shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || return 1
    sleep 0.1
  done
}
