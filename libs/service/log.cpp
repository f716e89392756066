// SPDX-License-Identifier: Apache-2.0
#include "service/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>

#include "core/correlation.hpp"
#include "core/time.hpp"

namespace turnkey::service {
namespace {

std::string& service_name() {
  static std::string name = "turnkey";
  return name;
}

bool is_secret(std::string_view field) {
  return field.find("secret") != std::string_view::npos || field.find("password") != std::string_view::npos ||
         field.find("token") != std::string_view::npos;
}

// spdlog's own lines (from the libraries below) come out in the same form.
class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    nlohmann::ordered_json line;
    line["time"] = core::to_iso(std::chrono::time_point_cast<core::Millis>(message.time));
    const auto level = spdlog::level::to_string_view(message.level);
    line["level"] = std::string(level.data(), level.size());
    line["service"] = service_name();
    const std::string_view text(message.payload.data(), message.payload.size());
    auto fields = text.starts_with("{") ? nlohmann::ordered_json::parse(text, nullptr, false)
                                        : nlohmann::ordered_json();
    if (fields.is_object()) {
      line.update(fields);
    } else {
      line["event"] = text;
    }
    const std::string dumped =
        line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
    out.append(dumped.data(), dumped.data() + dumped.size());
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonFormatter>(); }
};

void write(spdlog::level::level_enum level, std::string_view event, LogFields fields) {
  if (!spdlog::should_log(level)) return;
  nlohmann::ordered_json line;
  line["event"] = event;
  if (const auto& id = core::current_correlation_id(); !id.empty()) line["correlation_id"] = id;
  for (const auto& [name, value] : fields) line[name] = is_secret(name) ? nlohmann::json("***") : value;
  spdlog::log(level, "{}", line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace

void init_log(const std::string& service, const std::string& level) {
  service_name() = service;
  spdlog::set_default_logger(spdlog::stderr_logger_mt(
      "log-" + service + "-" + std::to_string(core::to_epoch_ms(core::SystemClock().now()))));
  spdlog::set_formatter(std::make_unique<JsonFormatter>());
  spdlog::set_level(spdlog::level::from_str(level));
}

void log_debug(std::string_view event, LogFields fields) { write(spdlog::level::debug, event, fields); }
void log_info(std::string_view event, LogFields fields) { write(spdlog::level::info, event, fields); }
void log_warning(std::string_view event, LogFields fields) { write(spdlog::level::warn, event, fields); }
void log_error(std::string_view event, LogFields fields) { write(spdlog::level::err, event, fields); }

}  // namespace turnkey::service
