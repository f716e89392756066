// SPDX-License-Identifier: Apache-2.0
// Thousands of event streams open at once on a running installation: their memory, and how long everybody
// else waits among them, beside the same with no stream open in the same run.
#include <fmt/format.h>

#include <thread>

#include "event_streams.hpp"
#include "press_probe.hpp"
#include "support/program.hpp"
#include "support/supervised.hpp"
#include "support/wire.hpp"

namespace {

using namespace turnkey;
using namespace turnkey::bench;
using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr auto kEvery = std::chrono::milliseconds(100);  // sign-ins of an address: 10 a second
constexpr auto kSettle = std::chrono::seconds(5);
constexpr auto kBackWithin = std::chrono::minutes(2);  // after a kill of the broker

struct Settings {
  std::string data;
  int streams = 10'000;
  int windows = 100;
  int presses = 200;
  int requests = 200;
  int reports = 200;
  bool kill_broker = false;
};

// Which events the streams saw; what is waited for is one event of one stream, or one of each.
class Seen {
 public:
  explicit Seen(std::size_t streams) : resyncs_(streams) {}
  void take(std::size_t stream, std::string_view event) {
    const std::lock_guard lock(mutex_);
    if (event == "snapshot") ++snapshots_;
    if (event == "resync" && stream < resyncs_.size() && resyncs_[stream]++ == 0) ++resynced_;
    if (event == "state" && stream == awaited_) state_at_ = Clock::now();
    changed_.notify_all();
  }
  void await_state_of(std::size_t stream) {
    const std::lock_guard lock(mutex_);
    awaited_ = stream;
    state_at_.reset();
  }
  // Nothing when it did not come within that time.
  std::optional<Clock::time_point> state(std::chrono::milliseconds within) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, within, [this] { return state_at_.has_value(); });
    return state_at_;
  }
  void wait_snapshots(int count) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kDeadline, [&] { return snapshots_ >= count; }))
      throw std::runtime_error("windows do not show their state");
  }
  void wait_all_resynced() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kBackWithin, [this] { return resynced_ == resyncs_.size(); }))
      throw std::runtime_error("not every stream was told to ask again");
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<int> resyncs_;
  std::size_t resynced_ = 0;
  int snapshots_ = 0;
  std::size_t awaited_ = 0;
  std::optional<Clock::time_point> state_at_;
};

Samples requests(const tests::User& user, const std::string& path, int count) {
  Samples samples;
  for (int i = 0; i < count; ++i) {
    const auto began = Clock::now();
    if (const int status = user.get(path).status; status != 200)
      throw std::runtime_error(fmt::format("{} is answered with {}", path, status));
    samples.push_back(Milliseconds(Clock::now() - began).count());
    std::this_thread::sleep_until(began + kEvery);
  }
  return samples;
}

void print(const char* what, const Samples& samples) {
  fmt::print("  {:<40}{:>10.2f}{:>10.2f}\n", what, percentile(samples, 0.5), percentile(samples, 0.99));
}

void ordinary(const Settings& settings, const Probe& probe) {
  print("GET /api/session", requests(probe.user, "/api/session", settings.requests));
  print("GET /api/devices", requests(probe.user, "/api/devices?limit=50", settings.requests));
  print("press to its own window's stream", presses(probe, settings.presses));
}

// Reports of devices whose streams are open, one after the other; milliseconds to the event.
Samples reports(const tests::Installation& installation, const std::vector<tests::DeviceKeys>& devices,
                Seen& seen, int count) {
  Samples samples;
  for (int i = 0; i < count; ++i) {
    const std::size_t number = devices.size() * static_cast<std::size_t>(i) / static_cast<std::size_t>(count);
    const auto options = installation.device(devices[number]);
    tests::wire::Socket socket(options.host, options.port);
    socket.exchange(tests::wire::connect(options), tests::wire::Packet::connack);
    seen.await_state_of(number);
    std::string packet;
    tests::wire::append_publish(packet, "devices/" + devices[number].id + "/state", R"({"data":{"rpm":1}})",
                                1);
    const auto began = Clock::now();
    socket.exchange(packet, tests::wire::Packet::puback);
    const auto at = seen.state(kDeadline);
    if (!at) throw std::runtime_error("a report is not shown");
    samples.push_back(Milliseconds(*at - began).count());
  }
  return samples;
}

// From the kill to the first report that is shown again; the device connects as often as it has to.
double report_after(const tests::Installation& installation, const tests::DeviceKeys& device, Seen& seen,
                    Clock::time_point killed) {
  const auto options = installation.device(device);
  seen.await_state_of(0);
  while (Clock::now() < killed + kBackWithin) {
    try {
      tests::wire::Socket socket(options.host, options.port);
      socket.exchange(tests::wire::connect(options), tests::wire::Packet::connack);
      std::string packet;
      tests::wire::append_publish(packet, "devices/" + device.id + "/state", R"({"data":{"rpm":2}})", 1);
      socket.exchange(packet, tests::wire::Packet::puback);
    } catch (const std::runtime_error&) {  // not back yet, or not with its credentials
    }
    if (const auto at = seen.state(kEvery)) return std::chrono::duration<double>(*at - killed).count();
  }
  throw std::runtime_error("no report is shown again");
}

void kill_broker(const tests::Installation& installation, const std::vector<tests::DeviceKeys>& devices,
                 Seen& seen) {
  const auto killed = Clock::now();
  if (!tests::kill_and_wait(installation.folder(), "broker"))
    throw std::runtime_error("the broker is not started again");
  const double shown_s = report_after(installation, devices.front(), seen, killed);
  seen.wait_all_resynced();
  const double told_s = std::chrono::duration<double>(Clock::now() - killed).count();
  fmt::print(
      "after kill -9 of the broker: a report is shown after {:.1f} s, every stream told after {:.1f} s\n",
      shown_s, told_s);
}

std::vector<std::string> open_windows(const tests::User& user,
                                      const std::vector<tests::DeviceKeys>& devices) {
  std::vector<std::string> paths;
  for (const auto& device : devices) {
    const auto opened = user.post("/api/provisionings", {{"serial", device.serial}});
    if (opened.status != 201) throw std::runtime_error("no window: " + opened.body);
    paths.push_back("/api/provisionings/" + opened.json().at("id").get<std::string>());
  }
  return paths;
}

template <typename Part>
std::vector<Part> split_off(std::vector<Part>& all, int count) {
  std::vector<Part> part(all.end() - count, all.end());
  all.resize(all.size() - part.size());
  return part;
}

class Memory {
 public:
  explicit Memory(const std::string& data) : data_(data) {}
  void print_since_before(int streams) const {
    for (const auto& [process, before] : before_) {
      const double now = tests::memory_MiB(data_, process);
      fmt::print("memory of {}, MiB: {:.1f} before, {:.1f} with the streams: {:.1f} KiB for each\n", process,
                 before, now, (now - before) * 1024 / streams);
    }
  }

 private:
  const std::string data_;
  const std::vector<std::pair<std::string, double>> before_ = {
      {"experience-gateway", tests::memory_MiB(data_, "experience-gateway")},
      {"nginx", tests::memory_MiB(data_, "nginx")}};
};

int run(const Settings& settings) {
  const tests::Installation installation(settings.data);
  auto devices = installation.register_devices(settings.streams + 1);
  const auto pressed = split_off(devices, 1).front();
  const tests::User user = installation.sign_in("sadler-isberg", "technician");
  bus::Client publisher(installation.device(pressed));
  publisher.start();
  if (!publisher.wait_connected(kDeadline)) throw std::runtime_error("the device cannot connect");
  const Probe probe{installation, user, pressed, publisher};
  presses(probe, 10);  // connections and caches are warm
  fmt::print("  {:<40}{:>10}{:>10}\nno stream open\n", "milliseconds", "50 %", "99 %");
  ordinary(settings, probe);

  const auto to_claim = split_off(devices, settings.windows);
  const tests::User operator_ = installation.sign_in("kanarra", "operator");
  std::vector<std::string> paths;
  for (const auto& device : devices) paths.push_back("/api/devices/" + device.serial + "/events");
  Seen seen(devices.size());
  const Memory memory(settings.data);
  EventStreams streams(installation,
                       [&](std::size_t stream, std::string_view event) { seen.take(stream, event); });
  const auto began = Clock::now();
  streams.open(paths, operator_);
  const auto windows = open_windows(user, to_claim);
  paths.clear();
  for (const auto& window : windows) paths.push_back(window + "/events");
  streams.open(paths, user);
  seen.wait_snapshots(settings.windows);
  const double opened_s = std::chrono::duration<double>(Clock::now() - began).count();
  std::this_thread::sleep_for(kSettle);  // what was put off until later is in the figures of memory
  fmt::print("{} streams open ({} of them of windows), within {:.1f} s\n", settings.streams, settings.windows,
             opened_s);
  memory.print_since_before(settings.streams);
  ordinary(settings, probe);
  print("report to its device's stream", reports(installation, devices, seen, settings.reports));
  if (settings.kill_broker) kill_broker(installation, devices, seen);
  fmt::print("{} streams ended by themselves\n", streams.ended());
  for (const auto& window : windows) user.remove(window);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Measures a running installation (deploy/quickstart) while thousands of event streams are open.");
  Settings settings;
  app.add_option("--data", settings.data, "its data folder")->required();
  app.add_option("--streams", settings.streams, "how many, each of a device of its own")
      ->capture_default_str();
  app.add_option("--windows", settings.windows, "so many of them of provisionings")->capture_default_str();
  app.add_option("--presses", settings.presses, "measured presses, without and with")->capture_default_str();
  app.add_option("--requests", settings.requests, "measured requests of a kind, without and with")
      ->capture_default_str();
  app.add_option("--reports", settings.reports, "measured reports of devices that are watched")
      ->capture_default_str();
  app.add_flag("--kill-broker", settings.kill_broker, "and how long streams are silent after its kill");
  return tests::run_program(app, argc, argv, [&] { return run(settings); });
}
