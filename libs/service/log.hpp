// SPDX-License-Identifier: Apache-2.0
// Structured logs: one JSON object a line on standard error: time, level, service, event, correlation_id,
// fields. `event` is a constant sentence-like phrase ("device assigned"); everything variable goes into
// fields. Never a secret: fields whose name holds "secret", "password" or "token" are replaced by "***".
// Thread safe.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace turnkey::service {

using LogFields = std::initializer_list<std::pair<const char*, nlohmann::json>>;

void init_log(const std::string& service, const std::string& level);
void log_debug(std::string_view event, LogFields fields = {});
void log_info(std::string_view event, LogFields fields = {});
void log_warning(std::string_view event, LogFields fields = {});
void log_error(std::string_view event, LogFields fields = {});

}  // namespace turnkey::service
