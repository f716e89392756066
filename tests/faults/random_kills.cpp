// SPDX-License-Identifier: Apache-2.0
// kill -9 of broker, telemetry-ingest and PostgreSQL at random moments, and freezes of them (SIGSTOP), while
// devices report numbers that grow by one: every number that was acknowledged is stored once, none is twice.
// The same seed does the same in the same order.
#include <fmt/format.h>
#include <signal.h>

#include <array>
#include <random>

#include "reporter.hpp"
#include "support/installation.hpp"
#include "support/program.hpp"
#include "support/supervised.hpp"
#include "testing/eventually.hpp"

namespace {

using namespace turnkey;
using Milliseconds = std::chrono::milliseconds;

constexpr auto kRecovery = std::chrono::seconds(120);
constexpr int kToldEvery = 10;
constexpr int kOneFreezeIn = 4;
const std::array<std::string, 3> kProcesses = {"broker", "telemetry-ingest", "postgres"};

struct Settings {
  std::string data;
  int kills = 200;
  int devices = 4;
  unsigned seed = 1;
  int longest_pause_ms = 2500;
};

class Chance {
 public:
  explicit Chance(unsigned seed) : engine_(seed) {}
  int below(int limit) { return static_cast<int>(engine_() % static_cast<unsigned>(limit)); }

 private:
  std::mt19937 engine_;  // its numbers are the same everywhere, those of the library's distributions are not
};

class Reporters {
 public:
  Reporters(const tests::Installation& installation, int count)
      : keys_(installation.register_devices(count)) {
    for (const auto& keys : keys_) all_.push_back(std::make_unique<tests::Reporter>(installation, keys));
  }
  void stop() {
    for (const auto& one : all_) one->stop();
  }
  std::pair<int, std::size_t> sent_and_acknowledged() const {
    std::pair<int, std::size_t> sum{0, 0};
    for (const auto& one : all_) {
      sum.first += one->sent();
      sum.second += one->acknowledged().size();
    }
    return sum;
  }
  struct Verdict {
    std::size_t lost = 0;
    std::size_t doubled = 0;
    std::size_t stored = 0;
  };
  Verdict compare(const std::string& data) const {
    Verdict verdict;
    for (std::size_t i = 0; i < all_.size(); ++i) {
      const auto stored = tests::stored_values(data, keys_[i].id);
      for (const int number : all_[i]->acknowledged()) verdict.lost += stored.contains(number) ? 0 : 1;
      for (const auto& [number, times] : stored) verdict.doubled += times > 1 ? 1 : 0;
      verdict.stored += stored.size();
    }
    return verdict;
  }

 private:
  const std::vector<tests::DeviceKeys> keys_;
  std::vector<std::unique_ptr<tests::Reporter>> all_;
};

void freeze(const std::string& data, const std::string& process, Milliseconds time) {
  tests::signal_all(data, process, SIGSTOP);
  std::this_thread::sleep_for(time);
  tests::signal_all(data, process, SIGCONT);
}

// As many kills as asked for, with freezes among them; how many of those.
int do_harm(const Settings& settings, const Reporters& reporters) {
  Chance chance(settings.seed);
  int freezes = 0;
  for (int kills = 0; kills < settings.kills;) {
    std::this_thread::sleep_for(Milliseconds(chance.below(settings.longest_pause_ms)));
    const std::string& process = kProcesses.at(static_cast<std::size_t>(chance.below(kProcesses.size())));
    if (chance.below(kOneFreezeIn) == 0) {
      freeze(settings.data, process, Milliseconds(100 + chance.below(3000)));
      ++freezes;
      continue;
    }
    // It may be starting still, or be one that its supervisor has not started again.
    if (!tests::kill_and_wait(settings.data, process)) continue;
    if (++kills % kToldEvery != 0) continue;
    const auto [sent, acknowledged] = reporters.sent_and_acknowledged();
    fmt::print("{} kills, {} freezes, {} reports sent, {} acknowledged\n", kills, freezes, sent,
               acknowledged);
  }
  return freezes;
}

bool run(const Settings& settings) {
  const tests::Installation installation(settings.data);
  Reporters reporters(installation, settings.devices);
  const int freezes = do_harm(settings, reporters);
  std::this_thread::sleep_for(std::chrono::seconds(2));
  reporters.stop();
  const auto [sent, acknowledged] = reporters.sent_and_acknowledged();
  Reporters::Verdict verdict;
  const auto settled = [&] {
    try {
      verdict = reporters.compare(settings.data);
      return verdict.lost == 0 && tests::unaccounted_reports(settings.data) == 0;
    } catch (const std::exception&) {
      return false;  // PostgreSQL is still starting
    }
  };
  const bool accounted = testing::eventually(settled, kRecovery);
  fmt::print(
      "{} kills, {} freezes (seed {}): {} reports sent, {} acknowledged, {} stored, {} lost, {} doubled{}\n",
      settings.kills, freezes, settings.seed, sent, acknowledged, verdict.stored, verdict.lost,
      verdict.doubled, accounted ? "" : ", NOT all accounted for");
  return accounted && verdict.doubled == 0 && acknowledged > static_cast<std::size_t>(settings.kills) * 10;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Kills and freezes the processes of a running installation (deploy/quickstart) under load.");
  Settings settings;
  app.add_option("--data", settings.data, "its data folder")->required();
  app.add_option("--kills", settings.kills, "how many kills")->capture_default_str();
  app.add_option("--devices", settings.devices, "how many report")->capture_default_str();
  app.add_option("--seed", settings.seed, "what happens when")->capture_default_str();
  app.add_option("--longest-pause-ms", settings.longest_pause_ms, "between two of them")
      ->check(CLI::Range(1, 600'000))
      ->capture_default_str();
  return tests::run_program(app, argc, argv, [&] { return run(settings) ? 0 : 1; });
}
