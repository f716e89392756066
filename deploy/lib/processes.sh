# The database cluster, the configuration of each process, and runit, which supervises them all. Sourced.
# shellcheck shell=bash disable=SC2016

# In the order of starting; they are stopped in the opposite one.
PROCESSES=(postgres broker registry provisioning telemetry-ingest experience-gateway nginx simulator)

# PostgreSQL refuses root: then it runs as the user `postgres`, who may pass through folders that only root may enter.
as_database_user() {
  if as_root; then
    setpriv --reuid=postgres --regid=postgres --init-groups --inh-caps=+dac_read_search --ambient-caps=+dac_read_search "$@"
  else
    "$@"
  fi
}

psql_admin() { # DATABASE: SQL on standard input
  local psql=("$PG_BIN/psql" -h 127.0.0.1 -p "$POSTGRES_PORT" -U postgres -d "$1")
  PGPASSWORD=$(database_password "$DATA/secrets/database-admin" "${psql[@]}") "${psql[@]}" -qAtX -v ON_ERROR_STOP=1
}

find_postgresql() { PG_BIN=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1); }

prepare_database() {
  local dir=$DATA/postgres
  mkdir -p "$DATA/run"
  find_postgresql
  if [ ! -s "$dir/PG_VERSION" ]; then
    rm -rf "$dir"; mkdir -m 0700 "$dir"
    (umask 077; newest_secret "$DATA/secrets/database-admin" >"$DATA/run/admin-password")
    ! as_root || chown postgres: "$dir" "$DATA/run/admin-password"
    as_database_user "$PG_BIN/initdb" -D "$dir" -U postgres --pwfile="$DATA/run/admin-password" --auth=scram-sha-256 -E UTF8 --locale=C \
      >"$DATA/run/initdb.log" 2>&1 || { cat "$DATA/run/initdb.log" >&2; die "the database cluster could not be made"; }
    rm -f "$DATA/run/admin-password"
    echo "include 'quickstart.conf'" >>"$dir/postgresql.conf"
  fi
  # Small, because it shares a small machine; fsync and synchronous_commit stay on.
  cat >"$dir/quickstart.conf" <<EOF
listen_addresses = '127.0.0.1'
port = $POSTGRES_PORT
unix_socket_directories = ''
max_connections = 60
shared_buffers = 32MB
work_mem = 4MB
random_page_cost = 1.1
maintenance_work_mem = 32MB
max_wal_size = 512MB
wal_compression = on
jit = off
autovacuum_max_workers = 1
max_parallel_workers_per_gather = 1
max_worker_processes = 4
max_logical_replication_workers = 0
log_min_messages = warning
EOF
  ! as_root || chown postgres: "$dir/quickstart.conf"
}

# ---- one folder for each process, as runit wants it: run, log/run
define() { # NAME: the run script's body on standard input
  local dir=$DATA/supervise/$1
  mkdir -p "$dir/log" "$DATA/log/$1"
  # Each device and each stream is a descriptor: as many as this machine allows, not the usual 1024.
  { printf '#!/bin/sh\nexec 2>&1\nulimit -n "$(ulimit -Hn)"\n'; cat; } >"$dir/run.new"
  printf '#!/bin/sh\nexec svlogd %s\n' "$(quoted "$DATA/log/$1")" >"$dir/log/run"
  printf 's1000000\nn5\n' >"$DATA/log/$1/config"
  chmod +x "$dir/run.new" "$dir/log/run"
  if cmp -s "$dir/run.new" "$dir/run"; then rm "$dir/run.new"; else mv "$dir/run.new" "$dir/run"; fi
}

# For the plain shell that runs them, and any alphabet: bash's own %q writes $'...' for it, in the C locale.
quoted() { # WORD...: with blanks between
  local word words=()
  for word in "$@"; do words+=("'${word//\'/\'\\\'\'}'"); done
  printf '%s\n' "${words[*]}"
}

settings() { # KEY=VALUE...: exports for a run script
  local pair
  for pair in "$@"; do printf 'export %s=%s\n' "${pair%%=*}" "$(quoted "${pair#*=}")"; done
}

define_service() { # NAME INTERNAL_PORT [KEY=VALUE...]
  local name=$1 port=$2; shift 2
  {
    settings TURNKEY_INSTANCE=main TURNKEY_MQTT_HOST=127.0.0.1 "TURNKEY_MQTT_PORT=$MQTT_PORT" \
      "TURNKEY_MQTT_PASSWORD_FILE=$DATA/secrets/mqtt-$name" "TURNKEY_INTERNAL_PORT=$port" "$@"
    printf 'exec %s\n' "$(quoted "$PROGRAMS/lib/turnkey/$name")"
  } | define "$name"
}

database_settings() { # ROLE
  printf 'TURNKEY_DATABASE=%s\n' "host=127.0.0.1 port=$POSTGRES_PORT dbname=turnkey user=turnkey_$1"
  printf 'TURNKEY_DATABASE_PASSWORD_FILE=%s\n' "$DATA/secrets/database-$1"
}

# How it looks is said by the environment of each start; a folder `branding` in the data folder is always taken.
BRAND=(TURNKEY_PRODUCT_NAME TURNKEY_BRAND_COLOUR TURNKEY_BRAND_HIGHLIGHT)

check_brand_settings() { # one to a line: a value with another line would be another setting
  local name
  for name in "${BRAND[@]}" TURNKEY_BRANDING_DIR; do [[ ${!name:-} != *[[:cntrl:]]* ]] || die "$name: a control character is in it"; done
}

brand_settings() {
  local name
  for name in "${BRAND[@]}"; do
    [ -z "${!name:-}" ] || printf '%s=%s\n' "$name" "${!name}"
  done
  printf 'TURNKEY_BRANDING_DIR=%s\n' "$(branding_folder)"
}

branding_folder() { # nothing when there is none
  if [ -n "${TURNKEY_BRANDING_DIR:-}" ]; then realpath "$TURNKEY_BRANDING_DIR"; elif [ -d "$DATA/branding" ]; then echo "$DATA/branding"; fi
}

write_services() {
  local user label
  user=$(id -un)
  label=$HOST
  [ "$HTTPS_PORT" = 443 ] || label=$HOST:$HTTPS_PORT
  check_brand_settings
  mkdir -p "$DATA/supervise" "$DATA/log" "$DATA/broker" "$DATA/spool" "$DATA/nginx"
  if as_root; then
    { printf 'exec setpriv --reuid=postgres --regid=postgres --init-groups --inh-caps=+dac_read_search --ambient-caps=+dac_read_search '
      quoted "$PG_BIN/postgres" -D "$DATA/postgres"; } | define postgres
  else
    printf 'exec %s\n' "$(quoted "$PG_BIN/postgres" -D "$DATA/postgres")" | define postgres
  fi
  # SIGTERM would wait for every client; SIGINT (fast shutdown) ends them cleanly.
  mkdir -p "$DATA/supervise/postgres/control"
  printf '#!/bin/sh\nkill -INT "$(cat supervise/pid)"\n' >"$DATA/supervise/postgres/control/t"
  chmod +x "$DATA/supervise/postgres/control/t"

  write_broker_config "$user"
  printf 'exec mosquitto -c %s\n' "$(quoted "$DATA/run/mosquitto.conf")" | define broker

  mapfile -t brand < <(brand_settings)
  mapfile -t registry_db < <(database_settings registry)
  mapfile -t provisioning_db < <(database_settings provisioning)
  mapfile -t telemetry_db < <(database_settings telemetry)
  define_service registry "$REGISTRY_INTERNAL_PORT" "${registry_db[@]}" "TURNKEY_LABEL_HOST=$label" \
    "TURNKEY_FIRST_OPERATOR_TOKEN_FILE=$DATA/secrets/first-operator-token" "TURNKEY_SEAL_KEY_FILE=$DATA/secrets/registry-seal" \
    "TURNKEY_DEVICE_BROKER_HOST=$HOST" "TURNKEY_DEVICE_BROKER_PORT=$MQTTS_PORT" "TURNKEY_DEVICE_BROKER_CA_FILE=$DATA/tls/ca.crt"
  define_service provisioning "$PROVISIONING_INTERNAL_PORT" "${provisioning_db[@]}"
  define_service telemetry-ingest "$INGEST_INTERNAL_PORT" "${telemetry_db[@]}" "TURNKEY_SPOOL_DIR=$DATA/spool"
  define_service experience-gateway "$GATEWAY_INTERNAL_PORT" "TURNKEY_HTTP_PORT=$GATEWAY_PORT" "TURNKEY_LABEL_HOST=$label" \
    "TURNKEY_PUBLIC_ORIGINS=https://$label,https://localhost:$HTTPS_PORT,https://127.0.0.1:$HTTPS_PORT" TURNKEY_CHECKED_PREFIXES=GEN \
    "TURNKEY_BACKUP_METRICS_FILE=$DATA/broker/turnkey_backup.prom" "${brand[@]}"

  write_nginx_config
  { printf 'echo $$ >group\n'
    printf 'exec chpst -P %s\n' "$(quoted nginx -e "$DATA/nginx/startup.log" -p "$DATA/nginx" -c "$DATA/run/nginx.conf" -g "daemon off; user $user;")"
  } | define nginx
  # Workers outlive a master that was killed, and hold its ports: the next one could not begin. All are of one process group.
  printf '#!/bin/sh\nkill -KILL "-$(cat group)" 2>/dev/null\nexit 0\n' >"$DATA/supervise/nginx/finish"
  chmod +x "$DATA/supervise/nginx/finish"
}

# What the broker reads of secrets, beside broker-services.
write_broker_secrets() {
  (umask 077
    broker_database "host=127.0.0.1 port=$POSTGRES_PORT dbname=turnkey user=turnkey_broker connect_timeout=3" >"$DATA/secrets/broker-database.part"
    mv "$DATA/secrets/broker-database.part" "$DATA/secrets/broker-database"
    cp "$DATA/tls/server.crt" "$DATA/broker/server.crt"; cp "$DATA/tls/server.key" "$DATA/broker/server.key")
}

write_broker_config() { # USER
  write_broker_secrets
  sed -e "s|^#tls# ||" -e "s|@BIND_ADDRESS@|127.0.0.1|g" -e "s|@PORT@|$MQTT_PORT|g" -e "s|@DATA_DIR@|$DATA/broker|g" \
    -e "s|@PLUGIN@|$PROGRAMS/lib/turnkey/turnkey_broker.so|g" -e "s|@SERVICES_FILE@|$DATA/secrets/broker-services|g" \
    -e "s|@DATABASE_FILE@|$DATA/secrets/broker-database|g" -e "s|@ROOTS@|devices,losant|g" \
    -e "s|@METRICS_FILE@|$DATA/broker/metrics.prom|g" -e "s|@USER@|$1|g" -e "s|@TLS_BIND_ADDRESS@|$LISTEN|g" \
    -e "s|@TLS_PORT@|$MQTTS_PORT|g" -e "s|@TLS_CERT@|$DATA/broker/server.crt|g" -e "s|@TLS_KEY@|$DATA/broker/server.key|g" \
    "$SOURCE/services/broker/mosquitto.conf.in" >"$DATA/run/mosquitto.conf"
}

write_nginx_config() {
  sed -e '/^#resolver#/d' -e 's|^#upstream# ||' -e "s|@GATEWAY@|gateway|g" -e "s|@CONNECT_TIMEOUT@|3s|g" \
    -e "s|@HTTPS_PORT@|$HTTPS_PORT|g" -e "s|@HTTPS_BIND@|$LISTEN:$HTTPS_PORT|g" -e "s|@HTTP_BIND@|$LISTEN:$HTTP_PORT|g" -e "s|@GATEWAY_ADDRESS@|127.0.0.1:$GATEWAY_PORT|g" \
    -e "s|@WEB_ROOT@|$PROGRAMS/share/turnkey/web|g" -e "s|@CERT@|$DATA/tls/server.crt|g" -e "s|@KEY@|$DATA/tls/server.key|g" \
    -e "s|@CA_FILE@|$DATA/tls/ca.crt|g" -e "s|@DATA@|$DATA/nginx|g" \
    "$SOURCE/deploy/nginx/turnkey.conf.in" >"$DATA/run/nginx.conf"
}

# The simulator plays the devices of simulated.json, which the demo writes; without it there is nothing to play. It goes on
# where the demo's history ends.
start_simulator() {
  [ -s "$DATA/simulated.json" ] || return 0
  printf 'exec %s\n' "$(quoted "$PROGRAMS/lib/turnkey/device-simulator" fleet --port "$MQTT_PORT" --credentials "$DATA/simulated.json" \
    --page-port "$SIMULATOR_PORT" --interval 2000 --lived "$HISTORY_HOURS")" | define simulator
  eventually 15 sv_ok simulator || die "the simulator is not supervised"
  sv up "$DATA/supervise/simulator" >/dev/null || true
  eventually 20 curl -fsS "http://127.0.0.1:$SIMULATOR_PORT/api/devices" || die "the simulator does not answer; see $DATA/log/simulator/current"
}

sv_ok() { sv status "$DATA/supervise/$1" 2>/dev/null | grep -q '^run\|^down'; }
sv_up() { sv status "$DATA/supervise/$1" 2>/dev/null | grep -q '^run'; }

# What the running processes were started with; the simulator is defined when the demo is there. Not the site's certificate: they
# take another one up while they run.
configuration() {
  local name folder
  (cd "$DATA" && cat "$PROGRAMS/version" run/*.conf postgres/quickstart.conf 2>/dev/null
    for name in "${PROCESSES[@]}"; do [ "$name" = simulator ] || cat "$DATA/supervise/$name/run"; done
    folder=$(branding_folder)
    [ -z "$folder" ] || tar -C "$folder" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -c .) | sha256sum
}

show_certificate() {
  local now
  now=$(sha256sum <"$DATA/tls/server.crt")
  if running && [ "$now" != "$(cat "$DATA/run/certificate" 2>/dev/null)" ]; then
    sv hup "$DATA/supervise/broker" "$DATA/supervise/nginx" >/dev/null || true # one that is down reads it when it starts
  fi
  echo "$now" >"$DATA/run/certificate"
}

start_supervisor() {
  local name wanted
  mkdir -p "$DATA/run"
  wanted=$(configuration)
  if running && [ "$wanted" != "$(cat "$DATA/run/configuration" 2>/dev/null)" ]; then
    say "programs or settings have changed: starting again"
    stop_supervisor
  fi
  echo "$wanted" >"$DATA/run/configuration"
  show_certificate
  if ! running; then
    setsid runsvdir -P "$DATA/supervise" >"$DATA/run/supervisor.log" 2>&1 9>&- </dev/null &
    echo $! >"$DATA/run/supervisor.pid"
  fi
  for name in "${PROCESSES[@]}"; do
    [ -d "$DATA/supervise/$name" ] || continue
    eventually 15 sv_ok "$name" || die "$name is not supervised; see $DATA/run/supervisor.log"
    sv up "$DATA/supervise/$name" >/dev/null || true
  done
}

stop_supervisor() {
  local name i
  if running; then
    for ((i = ${#PROCESSES[@]} - 1; i >= 0; i--)); do
      name=${PROCESSES[i]}
      [ ! -d "$DATA/supervise/$name" ] || sv -w 20 force-stop "$DATA/supervise/$name" >/dev/null 2>&1 || true
    done
    kill -HUP "$(cat "$DATA/run/supervisor.pid")" 2>/dev/null || true
    eventually 20 supervisor_gone || die "the supervisor does not end"
  fi
  rm -f "$DATA/run/supervisor.pid"
}
supervisor_gone() { ! running; }

# Only what a start made here: the folder may have been given by mistake.
delete_data() {
  [ -f "$DATA/ports.env" ] && [ -d "$DATA/secrets" ] || die "there is no data of Turnkey in $DATA; nothing was deleted"
  local kept=(build programs ccache branding .lock) entry
  for entry in "$DATA"/* ; do
    case " ${kept[*]} " in *" $(basename "$entry") "*) ;; *) rm -rf "$entry" ;; esac
  done
}

database_ready() { "$PG_BIN/pg_isready" -q -h 127.0.0.1 -p "$POSTGRES_PORT"; }
ready() { curl -fsS -m 2 "http://127.0.0.1:$1/readyz"; }

wait_until_ready() {
  eventually 30 database_ready || die "PostgreSQL does not start; see $DATA/log/postgres/current"
  prepare_roles
  local pair
  for pair in "registry $REGISTRY_INTERNAL_PORT" "provisioning $PROVISIONING_INTERNAL_PORT" "telemetry-ingest $INGEST_INTERNAL_PORT" \
    "experience-gateway $GATEWAY_INTERNAL_PORT"; do
    # shellcheck disable=SC2086
    eventually 60 ready ${pair#* } || die "${pair% *} is not ready: $(curl -sS -m 2 "http://127.0.0.1:${pair#* }/readyz" 2>&1 | head -c 500); see $DATA/log/${pair% *}/current"
  done
  eventually 15 curl -fsS --cacert "$DATA/tls/ca.crt" "https://localhost:$HTTPS_PORT/healthz" || die "nginx does not answer; see $DATA/log/nginx/current"
}
