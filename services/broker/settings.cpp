// SPDX-License-Identifier: Apache-2.0
#include "settings.hpp"

#include <charconv>
#include <cstdint>

#include "domain/acl.hpp"

namespace turnkey::broker {
namespace {

class OptionReader {
 public:
  void text(std::string& into, std::string_view name, std::string_view value) {
    if (value.empty()) complain(name, "is empty");
    into = value;
  }

  std::uint64_t number(std::string_view name, std::string_view value, std::uint64_t min, std::uint64_t max) {
    std::uint64_t read = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), read);
    if (error != std::errc{} || end != value.data() + value.size() || read < min || read > max) {
      complain(name, "must be a number from " + std::to_string(min) + " to " + std::to_string(max));
      return min;
    }
    return read;
  }

  void complain(std::string_view name, const std::string& what) {
    errors_ += (errors_.empty() ? "" : "; ") + std::string("plugin_opt_") + std::string(name) + " " + what;
  }
  const std::string& errors() const { return errors_; }

 private:
  std::string errors_;
};

constexpr std::uint64_t kGiB = 1024ULL * 1024 * 1024;

void read_option(Settings& to, OptionReader& read, std::string_view name, std::string_view value) {
  if (name == "services_file") return read.text(to.services_file, name, value);
  if (name == "database_file") return read.text(to.database_file, name, value);
  if (name == "journal_dir") return read.text(to.journal_dir, name, value);
  if (name == "metrics_file") return read.text(to.metrics_file, name, value);
  if (name == "journal_segment_bytes") {
    to.journal_segment_bytes = read.number(name, value, 1024, kGiB);
  } else if (name == "journal_max_bytes") {
    to.journal_max_bytes = read.number(name, value, 1024, 1024 * kGiB);
  } else if (name == "repair_seconds") {
    to.repair = std::chrono::seconds(read.number(name, value, 1, 3600));
  } else if (name == "compare_seconds") {
    to.compare = std::chrono::seconds(read.number(name, value, 1, 86'400));
  } else if (name == "replay_in_flight") {
    to.replay_in_flight = read.number(name, value, 1, 1'000'000);
  } else if (name == "replay_timeout_ms") {
    to.replay_timeout = std::chrono::milliseconds(read.number(name, value, 100, 3'600'000));
  } else if (name == "roots") {
    const auto roots = parse_roots(value);
    if (!roots) return read.complain(name, "must be names with commas between, without / + # $ or blanks");
    to.roots = *roots;
  } else {
    read.complain(name, "is unknown");
  }
}

}  // namespace

core::Result<Settings> parse_settings(
    const std::vector<std::pair<std::string_view, std::string_view>>& options) {
  Settings settings;
  OptionReader reader;
  for (const auto& [name, value] : options) read_option(settings, reader, name, value);
  if (settings.services_file.empty()) reader.complain("services_file", "is needed");
  if (settings.journal_dir.empty()) reader.complain("journal_dir", "is needed");
  if (!reader.errors().empty()) return core::invalid(reader.errors());
  return settings;
}

}  // namespace turnkey::broker
