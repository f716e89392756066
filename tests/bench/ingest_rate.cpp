// SPDX-License-Identifier: Apache-2.0
// Reports at QoS 1 that a running installation takes in and commits, for as long as is asked for, beside what
// a bare Mosquitto hands to a subscriber that throws everything away, in the same run with the same load.
// What is sent and not yet stored is bounded, so the rate is one that can be kept up.
#include <fmt/format.h>

#include <optional>
#include <thread>

#include "bare_broker.hpp"
#include "press_probe.hpp"
#include "support/program.hpp"
#include "support/report_storm.hpp"
#include "support/supervised.hpp"

namespace {

using namespace turnkey;
using namespace turnkey::bench;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr int kValuesInReport = 3;
constexpr auto kLook = std::chrono::milliseconds(100);
constexpr auto kWarmUp = std::chrono::seconds(5);
constexpr auto kCatchUp = std::chrono::minutes(5);

struct Settings {
  std::string data;
  int seconds = 600;
  int bare_seconds = 30;
  int devices = 50;
  int window = 50;
  std::uint64_t backlog = 20'000;
  double rate = 0;
  int presses = 0;
};

// Sends for that long, never more than `backlog` ahead of what has `arrived`; arrivals a second after the
// warm-up.
double measure(tests::ReportStorm& storm, const std::function<std::uint64_t()>& arrived,
               std::uint64_t backlog, std::chrono::seconds duration,
               const std::function<void(double)>& at_part) {
  storm.start();
  std::optional<std::pair<Clock::time_point, std::uint64_t>> first;
  const auto began = Clock::now();
  std::uint64_t count = 0;
  for (auto now = began; now < began + kWarmUp + duration; now = Clock::now()) {
    count = arrived();
    storm.hold(storm.acknowledged() > count + backlog);
    if (!first && now >= began + kWarmUp) first = {now, count};
    if (first) at_part(Seconds(now - first->first) / duration);
    std::this_thread::sleep_for(kLook);
  }
  return static_cast<double>(arrived() - first->second) / Seconds(Clock::now() - first->first).count();
}

double bare_rate(const Settings& settings) {
  const BareBroker broker;
  const DiscardingSubscriber subscriber(broker.client("subscriber"));
  std::vector<tests::ReportStorm::Sender> senders;
  for (int i = 0; i < settings.devices; ++i) {
    const std::string id = fmt::format("{:024x}", i);  // as long as a device's
    senders.push_back({broker.client(id), "devices/" + id + "/state"});
  }
  tests::ReportStorm storm(senders, {settings.window, 0});
  const double rate = measure(
      storm, [&] { return subscriber.received(); }, settings.backlog,
      std::chrono::seconds(settings.bare_seconds), [](double) {});
  storm.stop();
  return rate;
}

// Resident memory at the beginning, in the middle and at the end.
class Memory {
 public:
  Memory(std::string data, std::vector<std::string> processes)
      : data_(std::move(data)), processes_(std::move(processes)) {}
  void look(double part) {
    if (part < 0.5 * static_cast<double>(taken_)) return;
    for (const auto& process : processes_) seen_[process].push_back(tests::memory_MiB(data_, process));
    ++taken_;
  }
  void print() const {
    for (const auto& [process, values] : seen_) {
      fmt::print("{:<34}", "memory, MiB: " + process);
      for (const double value : values) fmt::print("{:>10.1f}", value);
      fmt::print("\n");
    }
  }

 private:
  const std::string data_;
  const std::vector<std::string> processes_;
  std::map<std::string, std::vector<double>> seen_;
  int taken_ = 0;
};

// Presses of one more device, while the others report.
class Presses {
 public:
  Presses(const tests::Installation& installation, const tests::DeviceKeys& device)
      : installation_(installation),
        device_(device),
        user_(installation.sign_in("sadler-isberg", "technician")),
        publisher_(installation.device(device)) {
    publisher_.start();
    if (!publisher_.wait_connected(kDeadline)) throw std::runtime_error("the device cannot connect");
  }
  ~Presses() {
    if (thread_.joinable()) thread_.join();
  }
  void start(int count) {
    thread_ = std::thread([this, count] {
      try {
        samples_ = presses({installation_, user_, device_, publisher_}, count);
      } catch (const std::exception& error) {
        failure_ = error.what();
      }
    });
  }
  void print() {
    if (!thread_.joinable()) return;
    thread_.join();
    if (!failure_.empty()) fmt::print("presses ended early: {}\n", failure_);
    if (samples_.empty()) return;
    fmt::print("{:<34}{:>10.2f}{:>10.2f}\n", "press, ms: 50 %, 99 %", percentile(samples_, 0.5),
               percentile(samples_, 0.99));
  }

 private:
  const tests::Installation& installation_;
  const tests::DeviceKeys device_;
  const tests::User user_;
  bus::Client publisher_;
  Samples samples_;
  std::string failure_;
  std::thread thread_;
};

std::uint64_t sum(const std::vector<std::uint64_t>& numbers) {
  std::uint64_t all = 0;
  for (const auto number : numbers) all += number;
  return all;
}

// Every report once, none twice, none missing.
bool check_stored(tests::StoredReports& stored, const std::vector<std::string>& ids,
                  const std::vector<std::uint64_t>& sent) {
  bool good = true;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto found = stored.of(ids[i]);
    if (found.rows == sent[i] && found.different == sent[i]) continue;
    fmt::print("device {}: {} acknowledged, {} rows stored, {} different ones\n", ids[i], sent[i], found.rows,
               found.different);
    good = false;
  }
  return good;
}

bool run(const Settings& settings) {
  fmt::print("{} devices, at most {} reports of each not acknowledged\n", settings.devices, settings.window);
  const double bare = bare_rate(settings);
  fmt::print("{:<34}{:>10.0f}\n", "bare broker, discarded, reports/s", bare);

  const tests::Installation installation(settings.data);
  auto devices = installation.register_devices(settings.devices + 1);
  Presses pressing(installation, devices.back());
  devices.pop_back();
  std::vector<tests::ReportStorm::Sender> senders;
  std::vector<std::string> ids;
  for (const auto& device : devices) {
    senders.push_back({installation.device(device), "devices/" + device.id + "/state"});
    ids.push_back(device.id);
  }
  tests::StoredReports stored(settings.data);
  Memory memory(settings.data, {"broker", "telemetry-ingest"});
  tests::ReportStorm storm(senders, {settings.window, settings.rate});
  bool pressed = settings.presses == 0;
  const double rate = measure(
      storm, [&] { return stored.newest_of_all(ids); }, settings.backlog,
      std::chrono::seconds(settings.seconds),
      [&](double part) {
        memory.look(part);
        if (pressed || part < 0.1) return;
        pressed = true;
        pressing.start(settings.presses);
      });
  memory.look(1);
  storm.stop();
  const std::uint64_t sent = sum(storm.sent());
  const std::uint64_t behind = sent - stored.newest_of_all(ids);
  const auto stopped = Clock::now();
  while (stored.newest_of_all(ids) < sent && Clock::now() < stopped + kCatchUp)
    std::this_thread::sleep_for(kLook);
  const double caught_up_s = Seconds(Clock::now() - stopped).count();
  fmt::print("{:<34}{:>10.0f}\n{:<34}{:>10.0f}\n{:<34}{:>10.2f}\n", "committed, reports/s", rate,
             "committed, points/s", rate * kValuesInReport, "ratio to the bare broker", rate / bare);
  memory.print();
  fmt::print("{:<34}{:>10} reports, stored {:.1f} s later\n", "backlog at the end", behind, caught_up_s);
  pressing.print();
  const bool good = check_stored(stored, ids, storm.sent());
  fmt::print("{} reports sent, {}\n", sent, good ? "each stored once" : "NOT each stored once");
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures how many reports a second a running installation (deploy/quickstart) commits.");
  Settings settings;
  app.add_option("--data", settings.data, "its data folder")->required();
  app.add_option("--seconds", settings.seconds, "how long")->capture_default_str();
  app.add_option("--bare-seconds", settings.bare_seconds, "how long at the bare broker")
      ->capture_default_str();
  app.add_option("--devices", settings.devices, "how many report")->capture_default_str();
  app.add_option("--window", settings.window, "reports of a device that are not acknowledged, at most")
      ->capture_default_str();
  app.add_option("--backlog", settings.backlog, "reports that are acknowledged and not stored, at most")
      ->capture_default_str();
  app.add_option("--rate", settings.rate, "reports a second of all together; 0: as many as are stored")
      ->capture_default_str();
  app.add_option("--presses", settings.presses, "presses of one more device meanwhile")
      ->capture_default_str();
  return tests::run_program(app, argc, argv, [&] { return run(settings) ? 0 : 1; });
}
