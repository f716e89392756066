# Addresses and ports. They are kept in ports.env, so that the next start brings back the same addresses. Sourced.
# shellcheck shell=bash disable=SC2034

INTERNAL_PORTS=(POSTGRES_PORT GATEWAY_PORT REGISTRY_INTERNAL_PORT PROVISIONING_INTERNAL_PORT INGEST_INTERNAL_PORT GATEWAY_INTERNAL_PORT SIMULATOR_PORT)

port_busy() { ss -Htln "sport = :$1" 2>/dev/null | grep -q .; }

# The pid may be another program's by now: after a restart of the machine, say.
running() {
  local pid
  pid=$(cat "$DATA/run/supervisor.pid" 2>/dev/null) || return 1
  tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF "runsvdir -P $DATA/supervise"
}

# The first free port from $1 on.
free_port_from() {
  local port
  for ((port = $1; port < $1 + 200; port++)); do
    port_busy "$port" || case " ${TAKEN[*]} " in *" $port "*) ;; *) echo "$port"; return ;; esac
  done
  die "no free port from $1 on"
}

# choose NAME WANTED DEFAULT: an explicit port must be free; a kept or default one may move, and that is said.
choose() {
  local name=$1 wanted=$2 fallback=$3 kept=${!1:-} port
  if [ -n "$wanted" ]; then
    [[ $wanted =~ ^[0-9]+$ ]] && [ "$wanted" -ge 1 ] && [ "$wanted" -le 65535 ] || die "$wanted is no port"
    if [ "$wanted" != "$kept" ] || ! running; then
      ! port_busy "$wanted" || die "port $wanted is taken by another program; choose another one"
    fi
    port=$wanted
  else
    port=${kept:-$fallback}
    if ! running && port_busy "$port"; then
      local free
      free=$(free_port_from $((port + 1)))
      say "port $port is taken by another program; using $free"
      port=$free
    elif [ -z "$kept" ]; then
      port=$(free_port_from "$port")
    fi
  fi
  TAKEN+=("$port")
  printf -v "$name" '%s' "$port"
}

choose_ports() {
  TAKEN=()
  [ ! -f "$DATA/ports.env" ] || . "$DATA/ports.env"
  choose HTTPS_PORT "$WANT_HTTPS" 8443
  choose HTTP_PORT '' 8080
  choose MQTT_PORT "$WANT_MQTT" 1883
  choose MQTTS_PORT "$WANT_MQTTS" 8883
  local name next=$((20000 + RANDOM % 10000))
  for name in "${INTERNAL_PORTS[@]}"; do
    choose "$name" '' "$next"
    next=$((next + 1))
  done
  for name in HTTPS_PORT HTTP_PORT MQTT_PORT MQTTS_PORT "${INTERNAL_PORTS[@]}"; do echo "$name=${!name}"; done >"$DATA/ports.env"
}

choose_host() {
  local kept=''
  [ ! -f "$DATA/host" ] || kept=$(cat "$DATA/host")
  HOST=${HOST:-${kept:-localhost}}
  [[ $HOST =~ ^[A-Za-z0-9.:-]+$ ]] || die "$HOST is no host name or address"
  echo "$HOST" >"$DATA/host"
  # Without a name for phones nothing listens beyond this machine.
  if [ "$HOST" = localhost ]; then LISTEN=127.0.0.1; else LISTEN=0.0.0.0; fi
}

load_addresses() {
  [ -f "$DATA/ports.env" ] || die "nothing was started in $DATA yet"
  . "$DATA/ports.env"
  HOST=$(cat "$DATA/host")
}
