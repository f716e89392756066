// SPDX-License-Identifier: Apache-2.0
#include "plugin/health.hpp"

#include <sys/statvfs.h>

#include <cstdint>
#include <nlohmann/json.hpp>

#include "core/time.hpp"

namespace turnkey::broker {

std::string health_message(const std::string& boot_id, const Metrics& metrics, const Settings& settings) {
  nlohmann::json health = {{"bootId", boot_id},
                           {"at", core::to_iso(core::SystemClock().now())},
                           {"database", metrics.database_reachable},
                           {"devicesConnected", metrics.devices_connected},
                           {"credentials", metrics.credentials},
                           {"journal",
                            {{"bytes", metrics.journal_bytes},
                             {"limitBytes", settings.journal_max_bytes},
                             {"unacknowledged", metrics.journal_unacknowledged}}}};
  struct statvfs disk {};
  if (statvfs(settings.journal_dir.c_str(), &disk) == 0) {
    health["journal"]["freeBytes"] = std::uint64_t{disk.f_bavail} * disk.f_frsize;
    health["journal"]["totalBytes"] = std::uint64_t{disk.f_blocks} * disk.f_frsize;
  }
  return health.dump();
}

}  // namespace turnkey::broker
