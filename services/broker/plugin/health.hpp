// SPDX-License-Identifier: Apache-2.0
// What the broker tells of itself on broker/health, retained: who asks later hears the newest, and its time
// says how old that is.
#pragma once

#include <string>

#include "outbound/metrics_file.hpp"
#include "settings.hpp"

namespace turnkey::broker {

std::string health_message(const std::string& boot_id, const Metrics& metrics, const Settings& settings);

}  // namespace turnkey::broker
