// SPDX-License-Identifier: Apache-2.0
// What the registry and ingest tell the plugin on $CONTROL/turnkey/..., decoded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "domain/credential_table.hpp"

namespace turnkey::broker {

// {"revision","changes":[{"accessKey","deviceId" or "integrationId","secretHash","allowedAddresses"?,
// "validUntil"?} or {"accessKey","revoked":true}]}
core::Result<std::vector<CredentialRow>> decode_credential_changes(std::string_view payload);

struct SpooledRange {
  std::string journal;
  std::uint64_t segment = 0;
  std::uint64_t from = 0;  // inclusive
  std::uint64_t to = 0;    // inclusive
};
struct JournalControl {
  bool hello = false;
  std::vector<SpooledRange> spooled;
};
// {"hello":true} or {"spooled":[{"journal","segment","from","to"}]}
core::Result<JournalControl> decode_journal_control(std::string_view payload);

}  // namespace turnkey::broker
