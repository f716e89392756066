// SPDX-License-Identifier: Apache-2.0
// One line of log as an object; the service's log adds time, level, service and correlation id. Only for
// bus/*.cpp.
#pragma once

#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

namespace turnkey::bus {

inline void log_line(spdlog::level::level_enum level, const char* event, nlohmann::json fields) {
  if (!spdlog::should_log(level)) return;
  fields["event"] = event;
  spdlog::log(level, "{}", fields.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace turnkey::bus
