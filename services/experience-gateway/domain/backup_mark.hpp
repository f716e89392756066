// SPDX-License-Identifier: Apache-2.0
// When the last backup was complete, as deploy/backup leaves it for monitoring. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "core/time.hpp"

namespace turnkey::gateway {

// Of a text file for Prometheus; nothing when it does not say.
std::optional<core::Timestamp> completed_backup(std::string_view metrics);

}  // namespace turnkey::gateway
