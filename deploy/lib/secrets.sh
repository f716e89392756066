# Secrets and certificates, made once, readable by their user only. Sourced.
# shellcheck shell=bash

SERVICES=(registry provisioning telemetry-ingest experience-gateway)
DATABASE_ROLES=(registry provisioning telemetry broker)  # beside the administrator

new_secret() { openssl rand -hex 32; }

keep_secret() { # FILE
  [ -s "$1" ] || (umask 077; new_secret >"$1")
}

make_secrets() {
  local dir=$DATA/secrets name
  (umask 077; mkdir -p "$dir")
  for name in "${SERVICES[@]}"; do keep_secret "$dir/mqtt-$name"; done
  for name in admin "${DATABASE_ROLES[@]}"; do keep_secret "$dir/database-$name"; done
  keep_secret "$dir/registry-seal"         # seals the keys of registration tokens
  keep_secret "$dir/first-operator-token"  # void as soon as the first operator has been made
  (umask 077
    for name in "${SERVICES[@]}"; do
      printf '%s:%s\n' "$name" "$(printf %s "$(cat "$dir/mqtt-$name")" | sha256sum | cut -d' ' -f1)"
    done >"$dir/broker-services")
}

# A certificate authority of this installation's own, and a server certificate for the host names in use.
make_certificates() {
  local dir=$DATA/tls names
  (umask 077; mkdir -p "$dir")
  names="DNS:localhost,IP:127.0.0.1,IP:::1"
  if [[ $HOST =~ ^[0-9.]+$|: ]]; then names+=",IP:$HOST"; elif [ "$HOST" != localhost ]; then names+=",DNS:$HOST"; fi
  if [ ! -s "$dir/ca.crt" ]; then
    (umask 077
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -keyout "$dir/ca.key" -out "$dir/ca.crt" \
        -subj "/O=Turnkey/CN=Turnkey local CA $(openssl rand -hex 3)" -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' \
        -addext 'keyUsage=critical,keyCertSign,cRLSign') 2>"$dir/openssl.log"
  fi
  if [ "$(cat "$dir/names" 2>/dev/null)" = "$names" ] && openssl x509 -in "$dir/server.crt" -noout -checkend 2592000 >/dev/null 2>&1; then
    return 0
  fi
  (umask 077
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$dir/server.key" -out "$dir/server.csr" -subj "/O=Turnkey/CN=$HOST"
    printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\n' "$names" >"$dir/server.ext"
    # 397 days: browsers refuse server certificates that live longer.
    openssl x509 -req -in "$dir/server.csr" -CA "$dir/ca.crt" -CAkey "$dir/ca.key" -CAcreateserial -days 397 -extfile "$dir/server.ext" -out "$dir/server.leaf"
    cat "$dir/server.leaf" "$dir/ca.crt" >"$dir/server.crt") 2>>"$dir/openssl.log"
  echo "$names" >"$dir/names"
}
