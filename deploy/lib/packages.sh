# Debian packages that are missing are installed; nothing is done when all are there. Sourced.
# shellcheck shell=bash

missing_packages() { # LIST...: names of package lists in deploy/packages
  local list
  for list in "$@"; do grep -v '^#' "$SOURCE/deploy/packages/$list.txt"; done | sort -u | while read -r package; do
    case $package in
      nodejs|npm) if node_works; then continue; fi ;;
    esac
    dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || echo "$package"
  done
}

# Any Node from 18 on will do, whoever installed it.
node_works() { command -v npm >/dev/null && [ "$(node -p 'process.versions.node.split(".")[0] >= 18' 2>/dev/null)" = true ]; }

install_missing() { # LIST...
  local packages privilege=()
  mapfile -t packages < <(missing_packages "$@")
  [ ${#packages[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || die "these Debian 12 packages are missing: ${packages[*]}"
  as_root || privilege=(sudo)
  say "installing ${#packages[@]} Debian packages: ${packages[*]}"
  # The packages' own services are not started: Turnkey runs private ones.
  local guard=(env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1)
  "${privilege[@]}" "${guard[@]}" apt-get -qq -o DPkg::Lock::Timeout=600 update >&2
  "${privilege[@]}" "${guard[@]}" apt-get -qq -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 install -y --no-install-recommends \
    "${packages[@]}" >"$DATA/packages.log" 2>&1 || { tail -20 "$DATA/packages.log" >&2; die "the packages could not be installed"; }
}

install_packages() {
  if [ -n "$PROGRAMS" ]; then install_missing run; else install_missing build run; fi
}
