// SPDX-License-Identifier: Apache-2.0
// The settings of telemetry-ingest, from the environment.
#pragma once

#include <cstdint>
#include <string>

#include "service/settings.hpp"

namespace turnkey::ingest {

struct Config {
  service::Settings common;
  std::string spool_dir;                                      // TURNKEY_SPOOL_DIR; one process at a time
  std::uint64_t spool_max_bytes = 2ULL * 1024 * 1024 * 1024;  // TURNKEY_SPOOL_MAX_BYTES
  int retention_days = 400;                                   // TURNKEY_RETENTION_DAYS
};

// Reports all errors at once: throws service::ConfigError.
Config read_config(service::ConfigReader in = service::ConfigReader());

}  // namespace turnkey::ingest
