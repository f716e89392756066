# What TURNKEY_TLS=acme asks of the settings, told before anything is started. Sourced.
# shellcheck shell=bash

check_acme_settings() { # CA_FILE: of TURNKEY_ACME_CA_FILE; empty where none is set
  local rest='([A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
  local name="^([A-Za-z0-9]$rest\\.)+[A-Za-z]$rest\$" url='^https://[A-Za-z0-9._~:/%?=&-]+$'
  local email='^([A-Za-z0-9.!#$%&*+/=?^_{|}~-]+@[A-Za-z0-9.-]+)?$'
  if ! [[ ${#HOST} -le 253 && $HOST =~ $name && ${HOST,,} != *.localhost ]]; then
    die "TURNKEY_HOST: $HOST is no DNS name that an ACME authority could find; TURNKEY_TLS=acme needs one"
  fi
  [[ $TURNKEY_ACME_DIRECTORY =~ $url ]] || die "TURNKEY_ACME_DIRECTORY: $TURNKEY_ACME_DIRECTORY is no https URL"
  [[ $TURNKEY_ACME_EMAIL =~ $email ]] || die "TURNKEY_ACME_EMAIL: $TURNKEY_ACME_EMAIL is no e-mail address"
  [ "$TURNKEY_ACME_TERMS_AGREED" = true ] ||
    die "TURNKEY_ACME_TERMS_AGREED: read the terms of the authority ($TURNKEY_ACME_DIRECTORY names them), then set it to true"
  [ ! -s "$1" ] || openssl x509 -in "$1" -noout 2>/dev/null || die "TURNKEY_ACME_CA_FILE is no certificate in PEM"
}
