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
  ! site_is_of_own_authority || echo server-certificate
  [ ! -s "$DATA/tls/inner.key" ] || echo inner-authority
}

# A company that put its own chain in place has an authority of Turnkey's beside it, which has nothing to do.
site_is_of_own_authority() { [ -s "$DATA/tls/ca.key" ] && site_certificate_is_ours; }

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
      inner-authority) replace_authority inner ;;
      *) newest_secret "$file" | replace_file "$file" ;;
    esac
  done
}

# The next one goes when it is in both places, and its certificate first: while that is there, all of it is.
replace_authority() { # NAME: by what NAME-next is
  local file=$DATA/tls/$1 end
  [ -s "$file-next.crt" ] || return 0
  for end in key crt; do replace_file "$file.$end" <"$file-next.$end"; done
  rm -f "$file-next.crt" "$file-next.key"
}

# The authority that phones and devices know is changed in two steps with days between, in which they learn of the next one.
is_announced() { [ -s "$DATA/tls/ca-next.crt" ] && [[ $(<"$DATA/tls/ca.crt") == *"$(<"$DATA/tls/ca-next.crt")"* ]]; }

check_own_authority() {
  site_is_of_own_authority || die "the site's certificate is not of an authority of Turnkey's own, so there is none to change"
}

announce_authority() {
  check_own_authority
  ! is_announced || return 0
  make_authority "$DATA/tls/ca-next" "Turnkey local CA"
  cat "$DATA/tls/ca.crt" "$DATA/tls/ca-next.crt" | replace_file "$DATA/tls/ca.crt"
}

change_authority() {
  check_own_authority
  is_announced || die "announce the next authority first: phones and devices have to know it"
  rm -f "$DATA/tls/server.names"
  issue_site_certificate "$DATA/tls/ca-next"
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
    forget) replace_authority ca ;; # the older one, when nobody shows a certificate of it any more
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
