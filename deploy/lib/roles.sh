# The database and its roles. Needs psql_admin DATABASE (SQL on standard input, as the administrator). Sourced.
# shellcheck shell=bash disable=SC2016

# Where PostgreSQL knows its administrator by the user of this machine.
psql_as_postgres() { runuser -u postgres -- psql -qAtX -v ON_ERROR_STOP=1 -d "$1"; } # DATABASE

# The administrator's, while it is rotated.
change_own_password() {
  is_rotated "$DATA/secrets/database-admin" || return 0
  printf "alter role current_user password '%s';\n" "$(newest_secret "$DATA/secrets/database-admin")" | psql_admin postgres
}

# Safe to run again; a changed password reaches the database by it.
prepare_roles() {
  local role
  for role in "${DATABASE_ROLES[@]}"; do
    printf "select format('create role turnkey_%s login') where not exists (select from pg_roles where rolname = 'turnkey_%s')\\gexec\n" "$role" "$role"
    printf "alter role turnkey_%s login password '%s';\n" "$role" "$(newest_secret "$DATA/secrets/database-$role")"
  done | psql_admin postgres
  change_own_password
  printf "select 'create database turnkey' where not exists (select from pg_database where datname = 'turnkey')\\gexec\n" | psql_admin postgres
  {
    echo "revoke all on database turnkey from public; revoke all on schema public from public;"
    for role in "${DATABASE_ROLES[@]}"; do echo "grant connect on database turnkey to turnkey_$role;"; done
    echo "grant pg_monitor to turnkey_monitor;"
    for role in registry provisioning telemetry; do echo "grant create on database turnkey to turnkey_$role;"; done
  } | psql_admin turnkey
}
