// SPDX-License-Identifier: Apache-2.0
#include "config.hpp"

namespace turnkey::ingest {
namespace {

constexpr std::int64_t kMiB = 1024 * 1024;

}  // namespace

Config read_config(service::ConfigReader in) {
  Config config;
  config.common = service::read_settings(in, "telemetry-ingest", true);
  config.spool_dir = in.text("TURNKEY_SPOOL_DIR");
  config.spool_max_bytes =
      static_cast<std::uint64_t>(in.integer("TURNKEY_SPOOL_MAX_BYTES", kMiB, INT64_MAX, 2048 * kMiB));
  config.retention_days = static_cast<int>(in.integer("TURNKEY_RETENTION_DAYS", 1, 36'500, 400));
  in.throw_if_wrong();
  return config;
}

}  // namespace turnkey::ingest
