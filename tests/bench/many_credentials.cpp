// SPDX-License-Identifier: Apache-2.0
// What the broker's plugin needs for a million credentials beside a few: the start, memory, a connect, and
// following changes. It fills the credentials of a running installation, which is good for nothing else
// afterwards.
#include <fmt/format.h>

#include <pqxx/connection>
#include <pqxx/result>
#include <pqxx/stream_to>
#include <pqxx/transaction>
#include <thread>

#include "core/hash.hpp"
#include "core/random.hpp"
#include "samples.hpp"
#include "support/installation.hpp"
#include "support/program.hpp"
#include "support/supervised.hpp"
#include "support/wire.hpp"

namespace {

using namespace turnkey;
using namespace turnkey::bench;
using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr int kKnown = 100;  // keys whose secret is known here, in each filling
constexpr int kChangesOfMessage = 500;
constexpr int kMessages = 200;
constexpr int kChangesOfSecond = 1'000;  // in the database
constexpr auto kStartsWithin = std::chrono::minutes(2);
constexpr auto kSettlesWithin = std::chrono::minutes(3);
constexpr double kQuiet = 0.02;  // of one processor
constexpr auto kLook = std::chrono::milliseconds(5);

struct Settings {
  std::string data;
  int credentials = 1'000'000;
  int connects = 2'000;
  int seconds = 30;
};

// Generated rows, as the registry would write them, by COPY: a device each, which the broker does not ask
// for.
class Credentials {
 public:
  explicit Credentials(const std::string& data) : database_(tests::admin_connection_string(data)) {
    pqxx::work tx(database_);
    tx.exec("set search_path to registry");
    tx.commit();
  }

  // Those that can log in: spread evenly over the new ones, the last one last.
  std::vector<tests::DeviceKeys> add(int count) {
    pqxx::work tx(database_);
    const auto first = next_revisions(tx, count);
    pqxx::stream_to rows(
        tx, "credentials",
        std::vector<std::string>{"access_key", "device_id", "secret_hash", "revision", "created_at"});
    std::vector<tests::DeviceKeys> known;
    for (int i = 0; i < count; ++i) {
      const tests::DeviceKeys keys{"", core::random_hex(12), core::random_uuid(), core::random_hex(32)};
      rows << std::make_tuple(keys.access_key, keys.id, "\\x" + core::sha256_hex(keys.access_secret),
                              first + i, "2026-01-01 00:00:00Z");
      if ((i + 1) % (count / kKnown) == 0) known.push_back(keys);
    }
    rows.complete();
    tx.commit();
    return known;
  }

  // New secrets for some of them, which nobody knows.
  void change(int count) {
    pqxx::work tx(database_);
    const auto first = next_revisions(tx, count);
    tx.exec(fmt::format(
        "update credentials c set secret_hash = sha256(c.access_key::bytea || int8send(n.revision)), "
        "revision = n.revision from (select access_key, {} - 1 + row_number() over () as revision from "
        "(select access_key from credentials tablesample system (1) limit {}) as chosen) as n "
        "where n.access_key = c.access_key",
        first, count));
    tx.commit();
  }

  std::vector<std::string> keys(int count) {
    pqxx::work tx(database_);
    std::vector<std::string> found;
    for (const auto& row :
         tx.exec(fmt::format("select access_key || ' ' || device_id from credentials limit {}", count)))
      found.push_back(row[0].as<std::string>());
    return found;
  }

 private:
  static std::int64_t next_revisions(pqxx::work& tx, int count) {
    const auto row =
        tx.exec1(fmt::format("update revision_counter set value = value + {} returning value", count));
    return row[0].as<std::int64_t>() - count + 1;
  }

  pqxx::connection database_;
};

bool logs_in(const tests::Installation& installation, const tests::DeviceKeys& keys) {
  try {
    const auto options = installation.device(keys);
    tests::wire::Socket socket(options.host, options.port);
    socket.exchange(tests::wire::connect(options), tests::wire::Packet::connack);
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

// From the start of the process until that device can log in.
double restart_s(const tests::Installation& installation, const tests::DeviceKeys& last) {
  if (!tests::stop_process(installation.folder(), "broker"))
    throw std::runtime_error("the broker does not stop");
  const auto began = Clock::now();
  std::thread starting([&] { tests::start_process(installation.folder(), "broker"); });
  while (!logs_in(installation, last) && Clock::now() < began + kStartsWithin)
    std::this_thread::sleep_for(kLook);
  const double took = std::chrono::duration<double>(Clock::now() - began).count();
  starting.join();
  if (took > std::chrono::duration<double>(kStartsWithin).count())
    throw std::runtime_error("the last device cannot log in");
  return took;
}

Samples connects(const tests::Installation& installation, const std::vector<tests::DeviceKeys>& devices,
                 int count) {
  Samples samples;
  for (int i = 0; i < count; ++i) {
    const auto options = installation.device(devices[static_cast<std::size_t>(i) % devices.size()]);
    const auto began = Clock::now();
    tests::wire::Socket socket(options.host, options.port);
    socket.exchange(tests::wire::connect(options), tests::wire::Packet::connack);
    samples.push_back(Milliseconds(Clock::now() - began).count());
  }
  return samples;
}

// Processor time of the broker, as a part of one processor, while `work` is done.
double cpu_part(const std::string& data, const std::function<void()>& work) {
  const double before = tests::cpu_seconds(data, "broker");
  const auto began = Clock::now();
  work();
  return (tests::cpu_seconds(data, "broker") - before) /
         std::chrono::duration<double>(Clock::now() - began).count();
}

// What was read at the start is read again until it is settled. Returns the processor's time since the start.
double settle_s(const std::string& data) {
  const auto began = Clock::now();
  const auto a_while = [] { std::this_thread::sleep_for(std::chrono::seconds(5)); };
  while (cpu_part(data, a_while) > kQuiet) {
    if (Clock::now() > began + kSettlesWithin) throw std::runtime_error("the broker does not settle");
  }
  return tests::cpu_seconds(data, "broker");
}

void measure(const tests::Installation& installation, const std::vector<tests::DeviceKeys>& devices,
             const Settings& settings) {
  fmt::print("  start until the last one can log in     {:>8.2f} s\n",
             restart_s(installation, devices.back()));
  fmt::print("  processor's time until it is quiet      {:>8.2f} s\n", settle_s(settings.data));
  fmt::print("  memory of the broker                    {:>8.1f} MiB\n",
             tests::memory_MiB(settings.data, "broker"));
  connects(installation, devices, settings.connects / 10);  // warm
  const auto samples = connects(installation, devices, settings.connects);
  fmt::print("  connect, 50 % and 99 %                  {:>8.3f} ms {:>8.3f} ms\n", percentile(samples, 0.5),
             percentile(samples, 0.99));
  fmt::print("  processor of the broker, no changes     {:>8.2f} %\n",
             100 * cpu_part(settings.data,
                            [&] { std::this_thread::sleep_for(std::chrono::seconds(settings.seconds)); }));
}

// As the registry announces them.
void announce(const tests::Installation& installation, const std::vector<std::string>& keys,
              std::int64_t revision) {
  bus::Client registry(installation.service("registry", "bench"));
  registry.start();
  if (!registry.wait_connected(std::chrono::seconds(10))) throw std::runtime_error("no connection");
  std::vector<std::string> messages;
  for (int i = 0; i < kMessages; ++i) {
    contracts::Json changes = contracts::Json::array();
    for (int k = 0; k < kChangesOfMessage; ++k) {
      const auto& both = keys[static_cast<std::size_t>(i * kChangesOfMessage + k) % keys.size()];
      const auto space = both.find(' ');
      changes.push_back({{"accessKey", both.substr(0, space)},
                         {"deviceId", both.substr(space + 1)},
                         {"secretHash", core::random_hex(32)}});
    }
    messages.push_back(contracts::Json{{"revision", revision + i}, {"changes", changes}}.dump());
  }
  const double before = tests::cpu_seconds(installation.folder(), "broker");
  const auto began = Clock::now();
  for (const auto& message : messages) {
    if (!registry.publish_and_wait({"$CONTROL/turnkey/credentials", message}, std::chrono::seconds(10)))
      throw std::runtime_error("changes are not acknowledged");
  }
  const double took = std::chrono::duration<double>(Clock::now() - began).count();
  const double cpu = tests::cpu_seconds(installation.folder(), "broker") - before;
  const int count = kMessages * kChangesOfMessage;
  fmt::print("  announced, {} at once: {:.0f} changes/s, {:.2f} us of processor each\n", kChangesOfMessage,
             count / took, cpu * 1e6 / count);
  registry.stop();
}

int run(const Settings& settings) {
  const tests::Installation installation(settings.data);
  Credentials credentials(settings.data);
  const auto few = credentials.add(kKnown);
  fmt::print("the demo's and {} credentials\n", kKnown);
  measure(installation, few, settings);
  const double before = tests::memory_MiB(settings.data, "broker");

  const auto began = Clock::now();
  const auto devices = credentials.add(settings.credentials);
  fmt::print("{} more, written by COPY within {:.1f} s\n", settings.credentials,
             std::chrono::duration<double>(Clock::now() - began).count());
  measure(installation, devices, settings);
  fmt::print("  memory for each credential              {:>8.0f} bytes\n",
             (tests::memory_MiB(settings.data, "broker") - before) * 1024 * 1024 / settings.credentials);
  const double part = cpu_part(settings.data, [&] {
    for (int i = 0; i < settings.seconds; ++i) {
      const auto second = Clock::now();
      credentials.change(kChangesOfSecond);
      std::this_thread::sleep_until(second + std::chrono::seconds(1));
    }
  });
  fmt::print("  processor of the broker, {} changes a second in the database {:>8.2f} %\n", kChangesOfSecond,
             100 * part);
  announce(installation, credentials.keys(50'000), 1'000'000'000);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Fills the credentials of a running installation (deploy/quickstart) and measures its broker. The "
      "installation is good for nothing else afterwards.");
  Settings settings;
  app.add_option("--data", settings.data, "its data folder")->required();
  app.add_option("--credentials", settings.credentials, "how many")
      ->capture_default_str()
      ->check(CLI::Range(1'000, 10'000'000));
  app.add_option("--connects", settings.connects, "measured ones")->capture_default_str();
  app.add_option("--seconds", settings.seconds, "of each look at the processor")->capture_default_str();
  return tests::run_program(app, argc, argv, [&] { return run(settings); });
}
