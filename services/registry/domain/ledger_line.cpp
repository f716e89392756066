// SPDX-License-Identifier: Apache-2.0
#include "domain/ledger_line.hpp"

#include "core/hash.hpp"

namespace turnkey::registry {

std::string canonical_line(std::int64_t seq, const LedgerEntry& entry) {
  contracts::Json line = {
      {"seq", seq}, {"at", core::to_iso(entry.at)}, {"act", entry.act}, {"detail", entry.detail}};
  if (entry.device_id) line["deviceId"] = entry.device_id->str();
  if (!entry.serial.empty()) line["serial"] = entry.serial;
  if (entry.user_id) line["userId"] = entry.user_id->str();
  if (entry.provisioning_id) line["provisioningId"] = entry.provisioning_id->str();
  for (const auto& group : entry.groups.value_or(std::vector<core::GroupId>{}))
    line["groups"].push_back(group.str());
  return line.dump(-1, ' ', false, contracts::Json::error_handler_t::replace);
}

std::string chain_hash(const std::string& previous_hash, const std::string& line) {
  const core::Sha256 hash = core::sha256(previous_hash + line);
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

}  // namespace turnkey::registry
