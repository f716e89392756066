# The demo's data, and what people see of the running system. Sourced.
# shellcheck shell=bash

HISTORY_HOURS=6 # that the devices have reported already when the simulator takes over

load_demo() {
  if [ -s "$DATA/demo.json" ]; then keep_addresses; return 0; fi
  say "loading the demo"
  DATA=$DATA URL=https://localhost:$HTTPS_PORT MQTT_PORT=$MQTT_PORT MQTTS_PORT=$MQTTS_PORT PUBLIC_HOST=$HOST HTTPS_PORT=$HTTPS_PORT HISTORY_HOURS=$HISTORY_HOURS \
    SIMULATOR=$PROGRAMS/lib/turnkey/device-simulator "$SOURCE/deploy/demo/load" || die "the demo could not be loaded"
}

# Host and ports may have changed since the demo was loaded.
keep_addresses() {
  jq --arg url "https://$HOST:$HTTPS_PORT" --arg host "$HOST" --argjson mqtt "$MQTT_PORT" --argjson mqtts "$MQTTS_PORT" \
    '.url = $url | .mqtt.port = $mqtt | .mqtts.host = $host | .mqtts.port = $mqtts' "$DATA/demo.json" >"$DATA/demo.json.part"
  chmod --reference="$DATA/demo.json" "$DATA/demo.json.part"
  mv "$DATA/demo.json.part" "$DATA/demo.json"
}

press_button() { # SERIAL [N]
  local serial=${1:-} times=${2:-1} answer
  [ -n "$serial" ] || die "press needs the serial of a simulated device"
  load_addresses
  serial=$(printf %s "$serial" | tr -d ' ' | tr '[:lower:]' '[:upper:]')
  [[ $serial =~ ^[A-Z0-9._-]{4,64}$ ]] || die "$serial is no serial"
  [[ $times =~ ^[0-9]+$ ]] || die "$times is no number of presses"
  answer=$(curl -sS -m 5 -H 'Content-Type: application/json' -d "{\"times\":$times}" -w '\n%{http_code}' \
    "http://127.0.0.1:$SIMULATOR_PORT/api/devices/$serial/press") || die "the simulator does not answer: is the system started?"
  [ "${answer##*$'\n'}" = 200 ] || die "$(printf %s "${answer%$'\n'*}" | jq -r '.detail // .title')"
  say "pressed the button of $serial"
}

# Memory as people count it: each process's own pages, and its share of those that are shared (PSS).
pss_kib() { # PID...
  local pid sum=0 one
  for pid in "$@"; do
    one=$(awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup" 2>/dev/null || true)
    sum=$((sum + ${one:-0}))
  done
  echo "$sum"
}

tree_of() { # PID: it and everything below it
  local pid
  echo "$1"
  for pid in $(cat "/proc/$1/task/"*/children 2>/dev/null); do tree_of "$pid"; done
}

print_status() {
  load_addresses
  running || { say "not running (data in $DATA)"; return 3; }
  local name pid memory total=0 counted=0
  printf '%-20s %-8s %8s %10s\n' process state pid 'memory MB'
  for name in "${PROCESSES[@]}"; do
    [ -d "$DATA/supervise/$name" ] || continue
    pid=$(cat "$DATA/supervise/$name/supervise/pid" 2>/dev/null || true)
    if ! sv_up "$name" || [ -z "$pid" ]; then printf '%-20s %-8s\n' "$name" down; continue; fi
    # shellcheck disable=SC2046
    memory=$(pss_kib $(tree_of "$pid"))
    counted=$((counted + memory))
    printf '%-20s %-8s %8s %10s\n' "$name" up "$pid" "$((memory / 1024))"
  done
  # shellcheck disable=SC2046
  total=$(pss_kib $(tree_of "$(cat "$DATA/run/supervisor.pid")"))
  printf '%-20s %-8s %8s %10s\n' 'supervisor and logs' up "$(cat "$DATA/run/supervisor.pid")" "$(((total - counted) / 1024))"
  printf '%-20s %-8s %8s %10s\n' total '' '' "$((total / 1024))"
  printf '\nweb %s   devices mqtts://%s:%s   simulated devices http://127.0.0.1:%s/\n' "$(jq -r .url "$DATA/demo.json" 2>/dev/null)" "$HOST" "$MQTTS_PORT" "$SIMULATOR_PORT"
}

print_welcome() {
  local url serial fingerprint
  fingerprint=$(openssl x509 -in "$DATA/tls/ca.crt" -noout -fingerprint -sha256 | cut -d= -f2)
  url=$(jq -r .url "$DATA/demo.json")
  serial=$(jq -r '.[] | select(.waiting) | .serial' "$DATA/simulated.json" | head -1)
  cat <<EOF

  Web          $url        (its certificate authority: $DATA/tls/ca.crt, or $url/trust
                                                     SHA-256 $fingerprint)
  Devices      mqtts://$HOST:$MQTTS_PORT, mqtt://127.0.0.1:$MQTT_PORT
  Buttons      http://127.0.0.1:$SIMULATOR_PORT/  or  deploy/quickstart press SERIAL

  Sign in as (with these passwords, unless they were changed since)
$(jq -r '.users[] | "    \(.tenant | (. + "               ")[0:15]) \(.role | (. + "            ")[0:12]) \(.email | (. + "                                   ")[0:34]) \(.password)"' "$DATA/demo.json")

  To provision: sign in as a technician, scan this (or type $serial), press its button with
    deploy/quickstart press $serial

EOF
  qrencode -t ANSIUTF8 -l Q "$url/d/$serial"
  if [ "$HOST" = localhost ]; then
    echo "  For a phone on your network: deploy/quickstart stop, then deploy/quickstart start --host <this machine's address>"
  fi
}
