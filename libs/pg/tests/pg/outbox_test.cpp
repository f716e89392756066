// SPDX-License-Identifier: Apache-2.0
#include "pg/outbox.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <map>
#include <mutex>
#include <pqxx/pqxx>
#include <thread>

#include "pg/migrations.hpp"
#include "pg/pool.hpp"
#include "testing/eventually.hpp"
#include "testing/postgres.hpp"

using namespace turnkey;
using namespace std::chrono_literals;
using testing::eventually;

namespace {

pg::PoolOptions options(const std::string& database) {
  pg::PoolOptions out;
  out.connection_string = testing::Postgres::instance().connection_string(database);
  out.search_path = "registry";
  return out;
}

const pg::Migrations kOutbox = {
    {"0001_outbox",
     std::string(pg::kOutboxTable) + "; create table things (n int); insert into things values (0)"}};

void write(pg::Pool& pool, const std::string& key, const std::string& payload) {
  pool.transaction([&](pqxx::work& tx) { pg::write_outbox(tx, "event", key, payload); });
}

// What was sent, by any relay, in order.
class Sent {
 public:
  void add(const pg::OutboxEntry& entry) {
    const std::lock_guard lock(mutex_);
    all_.push_back(entry.payload);
  }
  std::vector<std::string> all() {
    const std::lock_guard lock(mutex_);
    return all_;
  }
  bool has(const std::string& payload) {
    const auto now = all();
    return std::find(now.begin(), now.end(), payload) != now.end();
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> all_;
};

}  // namespace

TEST_CASE("the outbox sends everything, each key in order, and tries again what was not taken") {
  pg::Pool pool(options(testing::Postgres::instance().create_database()));
  pg::migrate(pool, "registry", kOutbox);
  std::mutex mutex;
  std::map<std::string, std::vector<int>> seen;
  std::atomic<int> refusals{3};
  const auto send = [&](const pg::OutboxEntry& entry) {
    if (entry.key == "a" && refusals-- > 0) return false;
    const std::lock_guard lock(mutex);
    seen[entry.key].push_back(std::stoi(entry.payload));
    return true;
  };
  pg::OutboxRelay first(pool, send);
  pg::OutboxRelay second(pool, send);
  first.start();
  second.start();
  pool.transaction([](pqxx::work& tx) {
    for (int i = 0; i < 20; ++i) pg::write_outbox(tx, "event", i % 2 == 0 ? "a" : "b", std::to_string(i));
  });
  first.wake();
  CHECK(eventually([&] {
    return pool.transaction([](pqxx::work& tx) { return tx.exec("select from outbox").empty(); });
  }));
  first.stop();
  second.stop();
  CHECK(first.backlog() == 0);
  CHECK(seen["a"] == std::vector<int>{0, 2, 4, 6, 8, 10, 12, 14, 16, 18});
  CHECK(seen["b"] == std::vector<int>{1, 3, 5, 7, 9, 11, 13, 15, 17, 19});
}

TEST_CASE("an event of a transaction that was rolled back is never sent") {
  pg::Pool pool(options(testing::Postgres::instance().create_database()));
  pg::migrate(pool, "registry", kOutbox);
  std::vector<std::string> sent;
  pg::OutboxRelay relay(pool, [&](const pg::OutboxEntry& entry) {
    sent.push_back(entry.payload);
    return true;
  });
  CHECK_THROWS(pool.transaction([](pqxx::work& tx) {
    pg::write_outbox(tx, "event", "a", "never");
    throw std::runtime_error("no");
  }));
  pool.transaction([](pqxx::work& tx) { pg::write_outbox(tx, "event", "a", "once"); });
  relay.start();
  CHECK(eventually([&] { return relay.backlog() == 0; }));
  relay.stop();
  CHECK(sent == std::vector<std::string>{"once"});
}

TEST_CASE("while an entry is being sent no connection, no transaction and no row is held") {
  auto one = options(testing::Postgres::instance().create_database());
  one.size = 1;
  one.checkout_timeout = 100ms;
  pg::Pool pool(one);
  pg::migrate(pool, "registry", kOutbox);
  write(pool, "a", "1");
  std::atomic<bool> sending{false};
  std::atomic<bool> go_on{false};
  pg::OutboxRelay relay(pool, [&](const pg::OutboxEntry&) {
    sending = true;
    return eventually([&] { return go_on.load(); });
  });
  relay.start();
  REQUIRE(eventually([&] { return sending.load(); }));
  const auto end = std::chrono::steady_clock::now() + 1s;
  while (std::chrono::steady_clock::now() < end) {
    pool.transaction([](pqxx::work& tx) {
      tx.exec("update things set n = n + 1");
      tx.exec1("select id from outbox where key = 'a' order by id limit 1 for update nowait");
      CHECK(tx.exec("select from pg_stat_activity where state like 'idle in transaction%'").empty());
    });
  }
  write(pool, "b", "2");
  go_on = true;
  CHECK(eventually([&] { return relay.backlog() == 0; }));
}

TEST_CASE("an entry that another relay is sending holds back the younger ones of its key alone") {
  pg::Pool pool(options(testing::Postgres::instance().create_database()));
  pg::migrate(pool, "registry", kOutbox);
  Sent sent;
  std::atomic<bool> sending{false};
  std::atomic<bool> go_on{false};
  pg::OutboxRelay slow(pool, [&](const pg::OutboxEntry& entry) {
    sending = true;
    eventually([&] { return go_on.load(); });
    sent.add(entry);
    return true;
  });
  write(pool, "a", "first");
  slow.start();
  REQUIRE(eventually([&] { return sending.load(); }));
  pg::OutboxRelay quick(pool, [&](const pg::OutboxEntry& entry) {
    sent.add(entry);
    return true;
  });
  write(pool, "a", "second");
  write(pool, "b", "other");
  quick.start();
  CHECK(eventually([&] { return sent.has("other"); }));
  write(pool, "c", "later");
  quick.wake();
  CHECK(eventually([&] { return sent.has("later"); }));
  go_on = true;
  CHECK(eventually([&] { return quick.backlog() == 0; }));
  CHECK(sent.all() == std::vector<std::string>{"other", "later", "first", "second"});
}

TEST_CASE("what a killed relay had taken is sent again, in order, once its lease is over") {
  const auto database = testing::Postgres::instance().create_database();
  {
    pg::Pool pool(options(database));
    pg::migrate(pool, "registry", kOutbox);
    for (const char* payload : {"0", "1", "2"}) write(pool, "a", payload);
  }
  const pg::OutboxOptions brief{2s, 200};
  const pid_t child = fork();
  if (child == 0) {
    pg::Pool pool(options(database));
    pg::OutboxRelay relay(
        pool,
        [](const pg::OutboxEntry& entry) {
          if (entry.payload == "1") kill(getpid(), SIGKILL);
          return true;
        },
        brief);
    relay.start();
    for (;;) pause();
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  pg::Pool pool(options(database));
  Sent sent;
  pg::OutboxRelay relay(
      pool,
      [&](const pg::OutboxEntry& entry) {
        sent.add(entry);
        return true;
      },
      brief);
  CHECK(relay.backlog() == 3);
  relay.start();
  CHECK(eventually([&] { return relay.backlog() == 0; }));
  CHECK(sent.all() == std::vector<std::string>{"0", "1", "2"});
}

TEST_CASE("an entry whose sending throws is tried again, and the others of its batch are sent") {
  pg::Pool pool(options(testing::Postgres::instance().create_database()));
  pg::migrate(pool, "registry", kOutbox);
  Sent sent;
  std::atomic<int> failures{2};
  pg::OutboxRelay relay(pool, [&](const pg::OutboxEntry& entry) {
    if (entry.key == "a" && failures-- > 0) throw std::runtime_error("the other end is away");
    sent.add(entry);
    return true;
  });
  write(pool, "a", "1");
  write(pool, "a", "2");
  write(pool, "b", "3");
  relay.start();
  CHECK(eventually([&] { return relay.backlog() == 0; }));
  CHECK(sent.all() == std::vector<std::string>{"3", "1", "2"});
}

TEST_CASE("a relay that lost its lease while it sent leaves the entry to the one that has it now") {
  pg::Pool pool(options(testing::Postgres::instance().create_database()));
  pg::migrate(pool, "registry", kOutbox);
  std::atomic<bool> slow_sends{false};
  std::atomic<int> slow_done{0};
  std::atomic<bool> go_on{false};
  std::atomic<int> quick_runs{0};
  pg::OutboxRelay slow(pool,
                       [&](const pg::OutboxEntry&) {
                         slow_sends = true;
                         eventually([&] { return quick_runs > 0; });
                         ++slow_done;
                         return true;
                       },
                       {200ms, 200});
  write(pool, "a", "1");
  slow.start();
  REQUIRE(eventually([&] { return slow_sends.load(); }));
  pg::OutboxRelay quick(pool, [&](const pg::OutboxEntry&) {
    ++quick_runs;
    return eventually([&] { return go_on.load(); });
  });
  quick.start();
  REQUIRE(eventually([&] { return slow_done == 1; }));
  slow.stop();
  CHECK(quick.backlog() == 1);
  go_on = true;
  CHECK(eventually([&] { return quick.backlog() == 0; }));
  CHECK(quick_runs == 1);
}

TEST_CASE("an entry is worked off step by step, in order with others of its key, and a step is taken once") {
  pg::Pool pool(options(testing::Postgres::instance().create_database()));
  pg::migrate(pool, "registry", kOutbox);
  Sent sent;
  std::atomic<int> lost{0};
  pg::OutboxRelay relay(pool, [&](const pg::OutboxEntry& entry) {
    sent.add(entry);
    if (entry.payload == "1" || entry.payload == "2") {
      const std::string next = std::to_string(std::stoi(entry.payload) + 1);
      pool.transaction([&](pqxx::work& tx) { CHECK(pg::replace_outbox(tx, entry, next)); });
      // As another relay would, that took the entry when its lease was over.
      pool.transaction([&](pqxx::work& tx) { lost += pg::replace_outbox(tx, entry, next) ? 0 : 1; });
    }
    return true;
  });
  write(pool, "a", "1");
  write(pool, "a", "other");
  relay.start();
  CHECK(eventually([&] { return relay.backlog() == 0; }));
  CHECK(sent.all() == std::vector<std::string>{"1", "other", "2", "3"});
  CHECK(lost == 2);
}
