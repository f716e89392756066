// SPDX-License-Identifier: Apache-2.0
// Kills, and disks that are full: nothing that was acknowledged is lost, nothing is stored twice.
#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <map>
#include <thread>

#include "service/ingest_setup.hpp"

using namespace turnkey;
using namespace turnkey::ingest;
using namespace turnkey::ingest::tests;
using namespace std::chrono_literals;
using broker::tests::MqttClient;
using testing::eventually;

namespace {

// Publishes reports with ever new numbers, as fast as a few in flight allow, over reconnects. What got its
// PUBACK is in `confirmed`; what did not is forgotten: its number never comes again.
class Sender {
 public:
  Sender(const Setup& setup, int reports, std::string filling = {})
      : setup_(setup), reports_(reports), filling_(std::move(filling)), thread_([this] { run(); }) {}
  ~Sender() { stop(); }
  void stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }
  std::size_t confirmed_count() const { return confirmed_count_; }
  bool done() const { return static_cast<int>(confirmed_count_) >= reports_; }
  std::set<int> confirmed;  // after `stop`

 private:
  void run() {
    while (!done() && !stopping_) {
      const auto client = setup_.broker->connect(setup_.device.identity());
      if (client->connack() != 0) continue;
      std::map<int, int> open;
      while (client->alive() && !stopping_ && !done()) {
        while (open.size() < 50 && client->alive())
          open[client->publish(setup_.device.state(), report(next_))] = next_, ++next_;
        eventually([&] { return settle(*client, open) || !client->alive(); }, 1s);
      }
      settle(*client, open);
    }
  }
  std::string report(int value) const {
    return R"({"data":{"power":)" + std::to_string(value) + R"(},"meta":")" + filling_ + "\"}";
  }
  bool settle(const MqttClient& client, std::map<int, int>& open) {
    const std::size_t before = open.size();
    std::erase_if(open, [&](const auto& one) {
      const auto code = client.puback(one.first);
      if (code && *code < 0x80) confirmed.insert(one.second);
      return code.has_value();
    });
    confirmed_count_ = confirmed.size();
    return open.size() < before;
  }
  const Setup& setup_;
  const int reports_;
  const std::string filling_;
  int next_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> confirmed_count_{0};
  std::thread thread_;
};

std::set<int> stored_numbers(Setup& setup) {
  std::set<int> numbers;
  try {
    setup.pool->transaction([&](pqxx::work& tx) {
      numbers.clear();
      for (const auto& row : tx.exec("select number::int from samples")) numbers.insert(row[0].as<int>());
    });
  } catch (const std::exception&) {
    numbers.clear();
  }
  return numbers;
}

void check_all_stored_once(Setup& setup, const std::set<int>& confirmed) {
  CHECK(eventually(
      [&] {
        const auto stored = stored_numbers(setup);
        return std::includes(stored.begin(), stored.end(), confirmed.begin(), confirmed.end());
      },
      60s));
  CHECK(setup.number("select count(*) - count(distinct number) from samples") == 0);
  const auto counters = [&](const std::string& name) {
    return setup.number("select coalesce(sum(value), 0) from counters where name = '" + name + "'");
  };
  CHECK(eventually([&] {
    return counters("received") == counters("stored") + counters("refused") + counters("duplicate");
  }));
  CHECK(counters("stored") == setup.number("select count(*) from samples"));
  CHECK(counters("refused") == 0);
  WARN("confirmed " << confirmed.size() << ", received " << counters("received") << ", stored "
                    << counters("stored") << ", duplicate " << counters("duplicate"));
}

}  // namespace

TEST_CASE(
    "kills of ingest, PostgreSQL and the broker lose no report that was acknowledged, and store none twice "
    "[S22]") {
  Setup setup({"plugin_opt_replay_timeout_ms 2000"});
  auto& postgres = testing::Postgres::instance();
  auto program = setup.program();
  const auto kill_ingest = [&] {
    program->signal(SIGKILL);
    program->wait();
    program = setup.program();
  };
  REQUIRE(eventually([&] { return setup.number("select count(*) from spools") == 1; }));
  Sender sender(setup, 3000);
  const auto reached = [&](std::size_t count) {
    REQUIRE(eventually([&] { return sender.confirmed_count() >= count; }, 60s));
  };
  reached(300);
  kill_ingest();
  reached(700);
  postgres.stop_now();
  reached(1200);
  kill_ingest();
  postgres.start_again();
  reached(1600);
  setup.broker->stop(SIGKILL);
  setup.broker->start();
  reached(2000);
  setup.broker->stop(SIGKILL);
  kill_ingest();
  setup.broker->start();
  reached(2500);
  kill_ingest();
  REQUIRE(eventually([&] { return sender.done(); }, 60s));
  sender.stop();
  check_all_stored_once(setup, sender.confirmed);
  // The broker was told of all: its journal is empty but for the segment that is written to.
  CHECK(eventually(
      [&] { return setup.broker->metrics().find("journal_unacknowledged 0") != std::string::npos; }, 20s));
}

TEST_CASE(
    "a spool at its limit refuses loudly, and takes in again what the broker kept, when the database is back "
    "[S22]") {
  Setup setup({"plugin_opt_replay_timeout_ms 2000"});
  auto& postgres = testing::Postgres::instance();
  auto program = setup.program({{"TURNKEY_SPOOL_MAX_BYTES", "1048576"}});
  const auto ready = [&] { return Setup::get(setup.program_port, "/readyz"); };
  REQUIRE(eventually([&] { return ready().starts_with("200"); }));
  postgres.stop_now();
  Sender sender(setup, 1500, std::string(1000, 'x'));
  REQUIRE(eventually([&] { return ready().find("Reports are refused") != std::string::npos; }, 30s));
  REQUIRE(eventually([&] { return sender.done(); }, 60s));  // the broker's journal takes them
  CHECK(setup.program_log().find("the spool cannot be written") != std::string::npos);
  sender.stop();
  postgres.start_again();
  check_all_stored_once(setup, sender.confirmed);
  CHECK(eventually([&] { return ready().starts_with("200"); }));
}

TEST_CASE("SIGTERM ends the service within its time, with everything written out") {
  Setup setup;
  auto program = setup.program();
  REQUIRE(eventually([&] { return Setup::get(setup.program_port, "/readyz").starts_with("200"); }));
  {
    Sender sender(setup, 500);
    REQUIRE(eventually([&] { return sender.done(); }, 30s));
    sender.stop();
    const auto began = std::chrono::steady_clock::now();
    program->signal(SIGTERM);
    CHECK(program->wait() == 0);
    CHECK((std::chrono::steady_clock::now() - began < 5s));
    program = setup.program();
    check_all_stored_once(setup, sender.confirmed);
  }
}

TEST_CASE("the idle service is small") {
  Setup setup;
  const auto program = setup.program();
  REQUIRE(eventually([&] { return Setup::get(setup.program_port, "/readyz").starts_with("200"); }));
  std::ifstream memory("/proc/" + std::to_string(program->pid()) + "/smaps_rollup");
  int pss_kb = 0;
  for (std::string word; memory >> word;) {
    if (word == "Pss:") memory >> pss_kb;
  }
  WARN("PSS " << pss_kb << " kB");
  CHECK(pss_kb > 0);
  if (testing::kMemoryIsItsOwn)
    CHECK(pss_kb < 40'000);  // of a build for debugging, with the shared libraries to itself
}

TEST_CASE("settings that are wrong are all named, and the service does not start") {
  testing::TemporaryFolder folder;
  testing::Child program({TURNKEY_INGEST_PROGRAM}, folder.path() + "/log",
                         {{"TURNKEY_RETENTION_DAYS", "0"}, {"TURNKEY_SPOOL_MAX_BYTES", "x"}});
  CHECK(program.wait() == 78);
  std::ostringstream text;
  text << std::ifstream(folder.path() + "/log").rdbuf();
  for (const char* name :
       {"TURNKEY_RETENTION_DAYS", "TURNKEY_SPOOL_MAX_BYTES", "TURNKEY_SPOOL_DIR", "TURNKEY_DATABASE"})
    CHECK(text.str().find(name) != std::string::npos);
}
