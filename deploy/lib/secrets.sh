# Secrets and certificates, made once, readable by their user only. Sourced.
# shellcheck shell=bash

SERVICES=(registry provisioning telemetry-ingest experience-gateway)
DATABASE_ROLES=(registry provisioning telemetry broker monitor)  # beside the administrator

new_secret() { openssl rand -hex 32; }

keep_secret() { # FILE
  [ -s "$1" ] || (umask 077; new_secret >"$1")
}

# A secret's file has one line. While it is rotated (rotate.sh) there are two: the older, then the newer.
# Whoever wrote it by hand may have left blank lines, or the last one without its end: programs take no notice either.
secret_lines() { awk 'NF { gsub(/^[[:space:]]+|[[:space:]]+$/, ""); print }' "$1"; } # FILE
newest_secret() { secret_lines "$1" | tail -n 1; } # FILE
is_rotated() { [ "$(secret_lines "$1" | wc -l)" -gt 1 ]; } # FILE

# The line of FILE that the database takes: with two of them only it knows. COMMAND... is psql with what leads to the database.
database_password() { # FILE COMMAND...
  local file=$1 password; shift
  if is_rotated "$file"; then
    while read -r password; do
      if PGPASSWORD=$password "$@" -qAtXc 'select' >/dev/null 2>&1 </dev/null; then echo "$password"; return; fi
    done < <(secret_lines "$file")
  fi
  newest_secret "$file"
}

# Files are replaced as a whole, with their owner and mode: nobody reads half of one.
replace_file() { # FILE: its new text on standard input
  [ ! -e "$1" ] || cp -p "$1" "$1.part"
  cat >"$1.part"
  mv "$1.part" "$1"
}

make_secrets() {
  local dir=$DATA/secrets name
  (umask 077; mkdir -p "$dir")
  for name in "${SERVICES[@]}"; do keep_secret "$dir/mqtt-$name"; done
  for name in admin "${DATABASE_ROLES[@]}"; do keep_secret "$dir/database-$name"; done
  keep_secret "$dir/registry-seal"         # seals the keys of registration tokens
  keep_secret "$dir/first-operator-token"  # void as soon as the first operator has been made
  write_broker_services
}

# What the broker knows of the services' passwords.
write_broker_services() {
  local dir=$DATA/secrets name
  (umask 077
    for name in "${SERVICES[@]}"; do
      printf '%s:%s\n' "$name" "$(printf %s "$(newest_secret "$dir/mqtt-$name")" | sha256sum | cut -d' ' -f1)"
    done >"$dir/broker-services.part"
    mv "$dir/broker-services.part" "$dir/broker-services")
}

# By which the broker reads the credentials of devices: libpq strings, one for each password that the database may know.
broker_database() { # STRING: without password
  local password
  secret_lines "$DATA/secrets/database-broker" | while read -r password; do printf '%s password=%s\n' "$1" "$password"; done
}

# A certificate authority of this installation's own, and a server certificate for the host names in use.
make_certificates() {
  local dir=$DATA/tls
  (umask 077; mkdir -p "$dir")
  make_authority "$dir/ca" "Turnkey local CA"
  site_certificate_is_ours || return 0
  issue_site_certificate "$dir/ca"
}

issue_site_certificate() { issue_certificate "$1" "$DATA/tls/server" "$HOST" "$(names_of_host)"; } # AUTHORITY

# What was put in place by hand is the company's own, and nobody else may have its key: it is left alone. One of ours may have ended.
site_certificate_is_ours() {
  [ ! -s "$DATA/tls/server.crt" ] ||
    openssl verify -partial_chain -no_check_time -CAfile "$DATA/tls/ca.crt" "$DATA/tls/server.crt" >/dev/null 2>&1
}

names_of_host() {
  local names="DNS:localhost,IP:127.0.0.1,IP:::1"
  if [[ $HOST =~ ^[0-9.]+$|: ]]; then names+=",IP:$HOST"; elif [ "$HOST" != localhost ]; then names+=",DNS:$HOST"; fi
  echo "$names"
}

# FILE.key and FILE.crt, unless that is there: it comes last.
make_authority() { # FILE NAME
  [ ! -s "$1.crt" ] || return 0
  (umask 077
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -keyout "$1.key" -out "$1.crt.part" \
      -subj "/O=Turnkey/CN=$2 $(openssl rand -hex 3)" -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' \
      -addext 'keyUsage=critical,keyCertSign,cRLSign'
    mv "$1.crt.part" "$1.crt") 2>"$1.log"
}

# issue_certificate AUTHORITY FILE COMMON_NAME NAMES: FILE.key and FILE.crt (the chain), unless they are there for the same
# names and for a month more.
issue_certificate() {
  if [ "$(cat "$2.names" 2>/dev/null)" = "$4" ] && openssl x509 -in "$2.crt" -noout -checkend 2592000 >/dev/null 2>&1; then
    return 0
  fi
  (umask 077
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$2.key" -out "$2.csr" -subj "/O=Turnkey/CN=$3"
    printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\n' "$4" >"$2.ext"
    # 397 days: browsers refuse server certificates that live longer.
    openssl x509 -req -in "$2.csr" -CA "$1.crt" -CAkey "$1.key" -CAcreateserial -days 397 -extfile "$2.ext" -out "$2.leaf"
    cat "$2.leaf" "$1.crt" | replace_file "$2.crt") 2>"$2.log"
  echo "$4" >"$2.names"
}
