# Programs and web pages, built under the data folder. Sourced.
# shellcheck shell=bash

# Leaves PROGRAMS set to a prefix with lib/turnkey/<program>, lib/turnkey/turnkey_broker.so and share/turnkey/web.
build_programs() {
  [ -z "$PROGRAMS" ] || { [ -x "$PROGRAMS/lib/turnkey/registry" ] || die "there are no programs in $PROGRAMS"; return 0; }
  PROGRAMS=$DATA/programs
  local version
  version=$(source_version)
  if [ "$(cat "$PROGRAMS/version" 2>/dev/null)" = "$version" ]; then return 0; fi
  mkdir -p "$DATA/build" "$PROGRAMS"
  build_services
  build_web
  echo "$version" >"$PROGRAMS/version"
}

# What the programs are built from: any change of a source means building again.
source_version() {
  (cd "$SOURCE" && find CMakeLists.txt CMakePresets.json cmake libs services tools -type f \
    -not -path '*/node_modules/*' -not -path '*/dist/*' -not -path '*/tests/*' -print0 | sort -z | xargs -0 sha256sum | sha256sum)
}

build_services() {
  say "building the services (some minutes the first time; log: $DATA/build/services.log)"
  local log=$DATA/build/services.log jobs
  jobs=$(nproc)
  {
    cmake -S "$SOURCE" --preset release -B "$DATA/build/services" -DCMAKE_INSTALL_PREFIX="$PROGRAMS" &&
      cmake --build "$DATA/build/services" -j "$jobs" && cmake --install "$DATA/build/services"
  } >"$log" 2>&1 || { tail -30 "$log" >&2; die "the build failed; all of it: $log"; }
}

build_web() {
  say "building the web app"
  local log=$DATA/build/web.log copy=$DATA/build/web web=$SOURCE/services/experience-gateway/web
  # In a copy: node_modules and dist stay out of the clone.
  mkdir -p "$copy" "$PROGRAMS/share/turnkey"
  tar -C "$web" --exclude ./node_modules --exclude ./dist -c . | tar -C "$copy" -x
  (cd "$copy" && npm ci --no-audit --no-fund && npm run build) >"$log" 2>&1 || { tail -30 "$log" >&2; die "the web app's build failed; all of it: $log"; }
  rm -rf "$PROGRAMS/share/turnkey/web"
  cp -r "$copy/dist" "$PROGRAMS/share/turnkey/web"
}
