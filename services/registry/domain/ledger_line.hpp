// SPDX-License-Identifier: Apache-2.0
// The ledger's lines and their hash chain: hash(n) = SHA-256(hash(n-1) || line(n)), where a line is canonical
// JSON (keys sorted, no blanks). Who reads the ledger elsewhere can verify it with nothing but this rule.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "contracts/json.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"

namespace turnkey::registry {

struct LedgerEntry {
  std::string act;  // "device.registered", "device.assigned", "provisioning.opened", ...
  core::Timestamp at;
  std::optional<core::DeviceId> device_id{};
  std::string serial{};
  std::optional<core::UserId> user_id{};  // never a name or an address: people can be erased, lines cannot
  std::optional<core::ProvisioningId> provisioning_id{};
  contracts::Json detail = contracts::Json::object();
  // Groups that it is about and all above them, as they are then: who sees one of them may read it. Not said:
  // those of the device; none at all: the line is the operators'.
  std::optional<std::vector<core::GroupId>> groups{};
  std::string idempotency_key{};  // "" = none
};

std::string canonical_line(std::int64_t seq, const LedgerEntry& entry);
std::string chain_hash(const std::string& previous_hash,
                       const std::string& line);  // 32 bytes each; "" before the first

}  // namespace turnkey::registry
