// SPDX-License-Identifier: Apache-2.0
// telemetry reconcile.
#include "commands/commands.hpp"

namespace turnkey::ctl {
namespace {

std::optional<std::int64_t> number_at(const Json& document, const char* name) {
  const auto it = document.find(name);
  if (it == document.end() || !it->is_number_integer()) return {};
  return it->get<std::int64_t>();
}

// Of all reasons.
std::optional<std::int64_t> sum_at(const Json& document, const char* name) {
  const auto it = document.find(name);
  if (it == document.end() || !it->is_object()) return {};
  std::int64_t sum = 0;
  for (const auto& [reason, count] : it->items()) {
    if (!count.is_number_integer()) return {};
    sum += count.get<std::int64_t>();
  }
  return sum;
}

std::string sheet(const Json& counters, std::int64_t refused) {
  const auto line = [](const std::string& what, std::int64_t count) {
    return what + std::string(what.size() < 32 ? 32 - what.size() : 1, ' ') + std::to_string(count) + "\n";
  };
  std::string text = line("received", counters["received"]) + line("stored", counters["stored"]) +
                     line("duplicate", counters["duplicate"]) + line("refused", refused);
  for (const auto& [reason, count] : counters["refused"].items()) text += line("  " + reason, count);
  return text;
}

Outcome<Done> reconcile(Shell& shell) {
  const auto api = shell.api();
  if (!api) return api.error();
  auto counters = (*api)->get(Target("/api/telemetry/counters"));
  if (!counters) return counters.error();
  const auto received = number_at(*counters, "received");
  const auto stored = number_at(*counters, "stored");
  const auto duplicate = number_at(*counters, "duplicate");
  const auto refused = sum_at(*counters, "refused");
  if (!received || !stored || !duplicate || !refused)
    return failure(ExitCode::failed, "unreadable", "The server's counters cannot be understood.");
  const std::int64_t unaccounted = *received - *stored - *duplicate - *refused;
  const std::string text = sheet(*counters, *refused);
  (*counters)["unaccounted"] = unaccounted;
  if (unaccounted != 0) {
    Failure result =
        failure(ExitCode::not_verified, "not_verified",
                text + "What became of " + std::to_string(unaccounted) + " reports is not accounted for.");
    result.problem.update(*counters);
    return result;
  }
  shell.show_done(*counters, text + "Every report is accounted for.");
  return Done{};
}

}  // namespace

void add_telemetry_commands(Commands& commands) {
  CLI::App& group = commands.group(commands.root(), "telemetry", "what became of the devices' reports");
  commands.command(
      group, "reconcile",
      "whether every report that was received was stored, refused or a duplicate; exit code 3 if not",
      {"telemetry reconcile", "telemetry reconcile --json"}, reconcile);
}

}  // namespace turnkey::ctl
