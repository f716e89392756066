# The database and its roles. Needs psql_admin DATABASE (SQL on standard input, as the administrator). Sourced.
# shellcheck shell=bash disable=SC2016

# Safe to run again; a changed password reaches the database by it.
prepare_roles() {
  local role
  for role in "${DATABASE_ROLES[@]}"; do
    printf "select format('create role turnkey_%s login') where not exists (select from pg_roles where rolname = 'turnkey_%s')\\gexec\n" "$role" "$role"
    printf "alter role turnkey_%s login password '%s';\n" "$role" "$(cat "$DATA/secrets/database-$role")"
  done | psql_admin postgres
  printf "select 'create database turnkey' where not exists (select from pg_database where datname = 'turnkey')\\gexec\n" | psql_admin postgres
  {
    echo "revoke all on database turnkey from public; revoke all on schema public from public;"
    for role in "${DATABASE_ROLES[@]}"; do echo "grant connect on database turnkey to turnkey_$role;"; done
    echo "grant pg_monitor to turnkey_monitor;"
    for role in registry provisioning telemetry; do echo "grant create on database turnkey to turnkey_$role;"; done
  } | psql_admin turnkey
}
