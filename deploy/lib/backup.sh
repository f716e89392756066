# What deploy/backup and deploy/restore share: where an installation has its things, and what a backup holds. Sourced.
# shellcheck shell=bash disable=SC2016,SC2034
#
# A backup is one tar file:
#   manifest.json      version, migrations, rows of each table, the ledger's last line
#   journal.tar        the broker's journal: reports that no service has taken over yet
#   spool.tar          telemetry-ingest's spool: reports that are not in the database yet
#   database.dump      pg_dump's custom format
#   secrets.tar.enc    secrets, certificates, addresses (secrets.tar: in clear, where that was asked for)
#   sums               SHA-256 of all of these; the last one, so that a file that was cut has none

BACKUP_FORMAT=1

# The whole truth about what is in the database, as one JSON document; asked inside the dump's own snapshot.
MANIFEST_SQL="select jsonb_build_object(
  'postgresql', current_setting('server_version_num')::int / 10000,
  'migrations', (select jsonb_object_agg(schema, names) from (
      select 'registry' as schema, jsonb_agg(name order by name) as names from registry.schema_migrations
      union all select 'provisioning', jsonb_agg(name order by name) from provisioning.schema_migrations
      union all select 'telemetry', jsonb_agg(name order by name) from telemetry.schema_migrations) m),
  'ledger', (select jsonb_build_object('seq', seq, 'hash', encode(hash, 'hex')) from registry.ledger_head),
  'rows', (select jsonb_object_agg(schemaname || '.' || tablename,
      (xpath('/row/c/text()', query_to_xml(format('select count(*) as c from %I.%I', schemaname, tablename), false, true, '')))[1]::text::bigint)
    from pg_tables where schemaname in ('registry', 'provisioning', 'telemetry')));"

# An installation of deploy/quickstart.
describe_data() {
  load_addresses
  JOURNAL=$DATA/broker/journal SPOOL=$DATA/spool METRICS=$DATA/broker
  KEEP_ROOT=$DATA KEEP=(secrets tls branding host ports.env demo demo.json simulated.json)
  export PGHOST=127.0.0.1 PGPORT=$POSTGRES_PORT PGUSER=postgres PGDATABASE=turnkey
  [ ! -s "$DATA/secrets/database-admin" ] || { PGPASSWORD=$(database_password "$DATA/secrets/database-admin" psql); export PGPASSWORD; }
}

# Any other one: FILE is a shell file that sets what describe_data does (deploy/systemd/backup.env has all of it).
describe_config() { # FILE
  # shellcheck disable=SC1090
  set -a && . "$1" && set +a
  read -ra KEEP <<<"${KEEP_FILES:?$1 must name KEEP_FILES}"
  : "${JOURNAL:?$1 must name JOURNAL}" "${SPOOL:?$1 must name SPOOL}" "${KEEP_ROOT:?$1 must name KEEP_ROOT}"
}

# PG_OS_USER: as whom PostgreSQL's own programs run, where its administrator is let in by being that user of the machine.
as_admin() { if [ -n "${PG_OS_USER:-}" ] && as_root; then setpriv --reuid="$PG_OS_USER" --regid="$PG_OS_USER" --init-groups -- "$@"; else "$@"; fi; }
ask() { as_admin psql -qAtX -v ON_ERROR_STOP=1 "$@"; }

# Encryption of what the secrets are in: AES-256, the key by PBKDF2 from the passphrase. The text begins with its own SHA-256,
# so that a wrong passphrase and changed bytes are recognised.
cipher() { openssl enc -aes-256-cbc -pbkdf2 -iter 600000 -md sha256 -pass "file:$PASSPHRASE" "$@"; }
encrypt() { # FROM TO
  { sha256sum <"$1" | cut -c1-64; cat "$1"; } | cipher -salt -out "$2"
}
decrypt() { # FROM TO
  local whole=$2.whole
  cipher -d -in "$1" -out "$whole" 2>/dev/null && tail -c +66 "$whole" >"$2" && [ "$(head -c 64 "$whole")" = "$(sha256sum <"$2" | cut -c1-64)" ]
}

# Files that grow and go meanwhile are no trouble: a torn last entry was not acknowledged when the copy began, and what has
# gone was taken over by the next hop, which is copied later.
copy_folder() { # FOLDER TAR
  local status=0
  [ -d "$1" ] || { tar -cf "$2" --files-from /dev/null; return 0; }
  tar -C "$1" --warning=no-file-changed --warning=no-file-removed --exclude ./lock -cf "$2" . || status=$?
  [ $status -le 1 ]
}
