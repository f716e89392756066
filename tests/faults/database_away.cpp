// SPDX-License-Identifier: Apache-2.0
// PostgreSQL is stopped for a while, and devices go on reporting at a steady rate: every report is stored
// once afterwards, and what was waiting is caught up at several times the rate at which reports arrive.
#include <fmt/format.h>

#include <numeric>

#include "support/installation.hpp"
#include "support/program.hpp"
#include "support/report_storm.hpp"
#include "support/supervised.hpp"
#include "testing/eventually.hpp"

namespace {

using namespace turnkey;
using Clock = std::chrono::steady_clock;

constexpr auto kBefore = std::chrono::seconds(5);
constexpr auto kRecovery = std::chrono::minutes(30);
constexpr auto kLook = std::chrono::milliseconds(100);

struct Settings {
  std::string data;
  int seconds = 600;
  int devices = 20;
  double rate = 2000;
};

struct CatchUp {
  std::uint64_t waiting = 0;  // reports, when PostgreSQL was there again
  double seconds = 0;
  double stored_a_second = 0;
};

// Until no more is waiting than comes within a second.
CatchUp catch_up(const Settings& settings, const tests::ReportStorm& storm,
                 const std::vector<std::string>& ids) {
  tests::StoredReports stored(settings.data);
  const auto began = Clock::now();
  const std::uint64_t first = stored.newest_of_all(ids);
  std::uint64_t count = first;
  CatchUp result{storm.acknowledged() - first};
  while (static_cast<double>(storm.acknowledged() - count) > settings.rate) {
    if (Clock::now() > began + kRecovery) throw std::runtime_error("what was waiting is not stored");
    std::this_thread::sleep_for(kLook);
    count = stored.newest_of_all(ids);
  }
  result.seconds = std::chrono::duration<double>(Clock::now() - began).count();
  result.stored_a_second = static_cast<double>(count - first) / std::max(result.seconds, 0.001);
  return result;
}

bool each_stored_once(const Settings& settings, const std::vector<std::string>& ids,
                      const std::vector<std::uint64_t>& sent) {
  tests::StoredReports stored(settings.data);
  const auto good = [&] {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto found = stored.of(ids[i]);
      if (found.rows != sent[i] || found.different != sent[i]) return false;
    }
    return tests::unaccounted_reports(settings.data) == 0;
  };
  return testing::eventually(good, std::chrono::seconds(60));
}

bool run(const Settings& settings) {
  const tests::Installation installation(settings.data);
  std::vector<tests::ReportStorm::Sender> senders;
  std::vector<std::string> ids;
  for (const auto& device : installation.register_devices(settings.devices)) {
    senders.push_back({installation.device(device), "devices/" + device.id + "/state"});
    ids.push_back(device.id);
  }
  tests::ReportStorm storm(senders, {100, settings.rate});
  storm.start();
  std::this_thread::sleep_for(kBefore);
  if (!tests::stop_process(settings.data, "postgres")) throw std::runtime_error("PostgreSQL does not stop");
  const std::uint64_t before = storm.acknowledged();
  const auto stopped = Clock::now();
  std::this_thread::sleep_for(std::chrono::seconds(settings.seconds));
  const double away_s = std::chrono::duration<double>(Clock::now() - stopped).count();
  const double meanwhile = static_cast<double>(storm.acknowledged() - before) / away_s;
  if (!tests::start_process(settings.data, "postgres")) throw std::runtime_error("PostgreSQL does not start");
  if (!testing::eventually([&] { return tests::database_answers(settings.data); }, std::chrono::seconds(60)))
    throw std::runtime_error("PostgreSQL does not answer");
  const auto caught_up = catch_up(settings, storm, ids);
  storm.stop();
  const auto sent = storm.sent();
  const bool good = each_stored_once(settings, ids, sent);
  fmt::print(
      "PostgreSQL away for {:.0f} s at {:.0f} reports/s acknowledged; {} waited; caught up within {:.1f} s "
      "at {:.0f} "
      "reports/s, {:.1f} times the arrival\n{} reports sent and acknowledged, {}\n",
      away_s, meanwhile, caught_up.waiting, caught_up.seconds, caught_up.stored_a_second,
      caught_up.stored_a_second / settings.rate, std::accumulate(sent.begin(), sent.end(), std::uint64_t{0}),
      good ? "each stored once" : "NOT each stored once");
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Stops PostgreSQL of a running installation (deploy/quickstart) while devices report.");
  Settings settings;
  app.add_option("--data", settings.data, "its data folder")->required();
  app.add_option("--seconds", settings.seconds, "how long it is away")->capture_default_str();
  app.add_option("--devices", settings.devices, "how many report")->capture_default_str();
  app.add_option("--rate", settings.rate, "reports a second of all together")->capture_default_str();
  return tests::run_program(app, argc, argv, [&] { return run(settings) ? 0 : 1; });
}
