// SPDX-License-Identifier: Apache-2.0
#include "service/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "core/correlation.hpp"
#include "core/text.hpp"
#include "core/time.hpp"

namespace turnkey::service {
namespace {

using Json = nlohmann::ordered_json;

bool is_secret(std::string_view written) {
  constexpr std::array<std::string_view, 3> kWords = {"secret", "password", "token"};
  const std::string name = core::ascii_lower(written);
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return name.find(word) != std::string::npos; });
}

// At every depth: requests and replies are logged as they are.
void redact(Json& value) {
  if (value.is_array()) {
    for (auto& item : value) redact(item);
  }
  if (!value.is_object()) return;
  for (auto& [name, item] : value.items()) {
    if (is_secret(name)) {
      item = "***";
    } else {
      redact(item);
    }
  }
}

// Every line, of the libraries below too: a text that is an object holds the fields, another is the event.
class JsonFormatter final : public spdlog::formatter {
 public:
  explicit JsonFormatter(std::string service) : service_(std::move(service)) {}

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    const std::string_view text(message.payload.data(), message.payload.size());
    Json fields = text.starts_with("{") ? Json::parse(text, nullptr, false) : Json();
    if (!fields.is_object() || !fields.contains("event")) fields = {{"event", text}};
    redact(fields);
    const auto level = spdlog::level::to_string_view(message.level);
    Json line = {{"time", core::to_iso(std::chrono::floor<core::Millis>(message.time))},
                 {"level", std::string(level.data(), level.size())},
                 {"service", service_},
                 {"event", fields["event"]}};
    // The logger works in the thread that logs.
    if (const auto& id = core::current_correlation_id(); !id.empty()) line["correlation_id"] = id;
    for (auto& [name, value] : fields.items()) {
      if (!line.contains(name)) line[name] = std::move(value);
    }
    const std::string dumped = line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    out.append(dumped.data(), dumped.data() + dumped.size());
  }
  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<JsonFormatter>(service_);
  }

 private:
  const std::string service_;
};

void write(spdlog::level::level_enum level, std::string_view event, LogFields fields) {
  if (!spdlog::should_log(level)) return;
  Json line;
  line["event"] = event;
  for (const auto& [name, value] : fields) line[name] = value;
  spdlog::log(level, "{}", line.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

void init_log(const std::string& service, const std::string& level) {
  auto logger =
      std::make_shared<spdlog::logger>("turnkey", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_formatter(std::make_unique<JsonFormatter>(service));
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
}

void log_debug(std::string_view event, LogFields fields) { write(spdlog::level::debug, event, fields); }
void log_info(std::string_view event, LogFields fields) { write(spdlog::level::info, event, fields); }
void log_warning(std::string_view event, LogFields fields) { write(spdlog::level::warn, event, fields); }
void log_error(std::string_view event, LogFields fields) { write(spdlog::level::err, event, fields); }

}  // namespace turnkey::service
