// SPDX-License-Identifier: Apache-2.0
// telemetry reconcile.
#include "commands/commands.hpp"
#include "output/text.hpp"

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

// What is on its way arrives meanwhile: the broker sends again after ten seconds what it was not told of.
constexpr int kQuestions = 10;
constexpr std::chrono::milliseconds kPause{3000};

Outcome<Json> settled_counters(Shell& shell, Api& api) {
  for (int question = 1;; ++question) {
    auto counters = api.get(Target("/api/telemetry/counters"));
    if (!counters || question == kQuestions || number_at(*counters, "missing") == 0) return counters;
    shell.world().sleep(kPause);
  }
}

std::string sheet(const Json& counters, std::int64_t refused) {
  const auto line = [](const std::string& what, std::int64_t count) {
    return padded(what + " ", 32) + std::to_string(count) + "\n";
  };
  std::string text = line("received", counters["received"]) + line("stored", counters["stored"]) +
                     line("duplicate", counters["duplicate"]) + line("missing", counters["missing"]) +
                     line("refused", refused);
  for (const auto& [reason, count] : counters["refused"].items()) text += line("  " + reason, count);
  return text;
}

Outcome<Done> reconcile(Shell& shell) {
  const auto api = shell.api();
  if (!api) return api.error();
  auto counters = settled_counters(shell, **api);
  if (!counters) return counters.error();
  const auto received = number_at(*counters, "received");
  const auto stored = number_at(*counters, "stored");
  const auto duplicate = number_at(*counters, "duplicate");
  const auto missing = number_at(*counters, "missing");
  const auto refused = sum_at(*counters, "refused");
  if (!received || !stored || !duplicate || !missing || !refused)
    return failure(ExitCode::failed, "unreadable", "The server's counters cannot be understood.");
  const std::int64_t unaccounted = *received - *stored - *duplicate - *refused;
  const std::string text = sheet(*counters, *refused);
  (*counters)["unaccounted"] = unaccounted;
  if (unaccounted != 0 || *missing != 0) {
    const std::string sentence =
        unaccounted != 0
            ? "What became of " + std::to_string(unaccounted) + " reports is not accounted for."
            : std::to_string(*missing) +
                  " reports that the broker took have not arrived, although later ones have. Look at "
                  "the broker's and telemetry-ingest's log and ask again in a minute.";
    Failure result = failure(ExitCode::not_verified, "not_verified", text + sentence);
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
      "whether every report that the broker took was stored, refused or a duplicate; exit code 3 if not",
      {"telemetry reconcile", "telemetry reconcile --json"}, reconcile);
}

}  // namespace turnkey::ctl
