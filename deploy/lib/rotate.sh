# The rotation of secrets: what happens to the files in $DATA, for every way of installation. deploy/rotate-secrets goes through the
# steps and tells servers in between. Sourced.
# shellcheck shell=bash
#
#   begin    a newer secret beside the older one: programs read the file anew each time they need it, and try both
#   (then    the other side takes the newer one alone: the database, the broker; the registry seals anew)
#   finish   the older one goes
#
# Broken off after any step, both sides still understand each other, and the same command again goes on from there.

rotatable() {
  local name
  for name in "${SERVICES[@]}"; do echo "mqtt-$name"; done
  for name in admin "${DATABASE_ROLES[@]}"; do echo "database-$name"; done
  echo registry-seal
  [ ! -s "$DATA/tls/ca.key" ] || echo server-certificate
  [ ! -s "$DATA/tls/inner.key" ] || echo inner-authority
}

check_rotatable() { # NAME...
  local name names
  names=" $(rotatable | tr '\n' ' ')"
  for name in "$@"; do [[ $names == *" $name "* ]] || die "$name is no secret that is rotated here; there are:$names"; done
}

begin_rotation() { # NAME...
  local name file
  for name in "$@"; do
    file=$DATA/secrets/$name
    case $name in
      server-certificate) ;;
      inner-authority) make_authority "$DATA/tls/inner-next" "Turnkey inner CA" ;;
      *) is_rotated "$file" || { newest_secret "$file"; new_secret; } | replace_file "$file" ;;
    esac
  done
}

# Certificates change hands at once: both authorities are trusted meanwhile, and the site's authority is no other.
switch_certificates() { # NAME...
  local name
  for name in "$@"; do
    case $name in
      server-certificate) rm -f "$DATA/tls/server.names" ;;
      inner-authority) [ ! -s "$DATA/tls/inner-next.crt" ] || rm -f "$DATA/tls/broker.names" "$DATA/tls/database.names" ;;
    esac
  done
}

finish_rotation() { # NAME...
  local name file
  for name in "$@"; do
    file=$DATA/secrets/$name
    case $name in
      server-certificate) ;;
      inner-authority)
        replace_authority inner ;;
      *) newest_secret "$file" | replace_file "$file" ;;
    esac
  done
}

replace_authority() { # NAME: by what NAME-next is
  local end
  for end in key crt; do [ ! -e "$DATA/tls/$1-next.$end" ] || mv "$DATA/tls/$1-next.$end" "$DATA/tls/$1.$end"; done
}

# The authority that phones and devices know is changed in two steps with days between, in which they learn of the next one.
announce_authority() {
  [ -s "$DATA/tls/ca.key" ] || die "the site's certificate is not of an authority of our own"
  [ ! -s "$DATA/tls/ca-next.crt" ] || die "the next authority is announced already"
  make_authority "$DATA/tls/ca-next" "Turnkey local CA"
  cat "$DATA/tls/ca.crt" "$DATA/tls/ca-next.crt" | replace_file "$DATA/tls/ca.crt"
}

change_authority() {
  [ -s "$DATA/tls/ca-next.crt" ] || die "announce the next authority first: phones and devices have to know it"
  replace_authority ca
  rm -f "$DATA/tls/server.names"
}

rotation_step() { # STEP [NAME...]
  local step=$1; shift
  check_rotatable "$@"
  case $step in
    begin) begin_rotation "$@" ;;
    switch) switch_certificates "$@" ;;
    finish) finish_rotation "$@" ;;
    announce) announce_authority ;;
    change) change_authority ;;
    *) die "there is no step $step" ;;
  esac
}

# Name, day of the last change, age in days.
list_secrets() {
  local name file changed
  while read -r name; do
    case $name in
      server-certificate) file=$DATA/tls/server.crt ;;
      inner-authority) file=$DATA/tls/inner.crt ;;
      *) file=$DATA/secrets/$name ;;
    esac
    changed=$(stat -c %Y "$file")
    printf '%-32s %s %5d days' "$name" "$(date -u -d "@$changed" +%Y-%m-%d)" $((($(date +%s) - changed) / 86400))
    case $name in *-certificate|*-authority) echo ;; *) if is_rotated "$file"; then echo '  rotation is not finished'; else echo; fi ;; esac
  done < <(rotatable)
}
