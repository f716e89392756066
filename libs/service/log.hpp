// SPDX-License-Identifier: Apache-2.0
// Structured logs: one JSON object a line on standard error: time, level, service, event, correlation_id,
// fields. `event` is a constant sentence-like phrase ("device assigned"); everything variable goes into
// fields. Never a secret: fields whose name holds "secret", "password" or "token" (in any case, at any depth)
// are replaced by "***". The correlation id is that of the thread (core/correlation.hpp); the edges set it.
// Lines of the libraries take the same form. Thread safe.
#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

namespace turnkey::service {

using LogFields = std::initializer_list<std::pair<const char*, nlohmann::json>>;

// `level`: debug, info, warning or error. May be called again; not while other threads log.
void init_log(const std::string& service, const std::string& level);
void log_debug(std::string_view event, LogFields fields = {});
void log_info(std::string_view event, LogFields fields = {});
void log_warning(std::string_view event, LogFields fields = {});
void log_error(std::string_view event, LogFields fields = {});

}  // namespace turnkey::service
