// SPDX-License-Identifier: Apache-2.0
// What a database that is not available now looks like to a body, whatever the way in which it is not.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <pqxx/pqxx>
#include <thread>

#include "pg/connection.hpp"
#include "pg/migrations.hpp"
#include "pg/pool.hpp"
#include "testing/eventually.hpp"
#include "testing/postgres.hpp"

using namespace turnkey;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

pg::PoolOptions options(const std::string& database) {
  pg::PoolOptions out;
  out.connection_string = testing::Postgres::instance().connection_string(database);
  out.search_path = "registry";
  return out;
}

const pg::Migrations kThings = {
    {"0001_things",
     "create table things (n int); insert into things values (0);"
     "create function leave() returns trigger language plpgsql as "
     "'begin perform pg_terminate_backend(pg_backend_pid()); return null; end';"
     "create table last_words (n int);"
     "create constraint trigger leaving after insert on last_words deferrable initially deferred "
     "for each row execute function leave()"}};

int number(pg::Pool& pool) {
  return pool.transaction([](pqxx::work& tx) { return tx.exec1("select max(n) from things")[0].as<int>(); });
}

int backend_of(pqxx::work& tx) { return tx.exec1("select pg_backend_pid()")[0].as<int>(); }

void execute_as_admin(const std::string& database, const std::string& sql) {
  pqxx::connection connection(testing::Postgres::instance().admin_connection_string(database));
  pqxx::nontransaction(connection).exec(sql);
}

// A backend that answers nothing while this lives, though its TCP does.
class Frozen {
 public:
  explicit Frozen(int pid) : pid_(pid) { REQUIRE(kill(pid_, SIGSTOP) == 0); }
  ~Frozen() { kill(pid_, SIGCONT); }
  Frozen(const Frozen&) = delete;
  Frozen& operator=(const Frozen&) = delete;

 private:
  const int pid_;
};

}  // namespace

TEST_CASE("errors that say `not now` are `Unavailable`, and others keep their kind") {
  pg::Pool pool(options(testing::Postgres::instance().create_database()));
  pg::migrate(pool, "registry", kThings);
  const auto raise = [&](const std::string& state) {
    pool.transaction([&](pqxx::work& tx) {
      tx.exec("do $$ begin raise exception using errcode = '" + state + "'; end $$");
    });
  };
  for (const char* state : {"57014", "57P01", "57P02", "57P03", "53100", "53200", "53300"}) {
    INFO(state);
    CHECK_THROWS_AS(raise(state), pg::Unavailable);
    CHECK(number(pool) == 0);
  }
  CHECK_THROWS_AS(raise("23505"), pqxx::unique_violation);
  CHECK_THROWS_AS(raise("22000"), pqxx::data_exception);
  CHECK_THROWS_AS(pool.transaction([](pqxx::work& tx) { tx.exec("select from nowhere"); }),
                  pqxx::undefined_table);
}

TEST_CASE("a statement that takes too long is `Unavailable`") {
  auto hasty = options(testing::Postgres::instance().create_database());
  hasty.statement_timeout = 100ms;
  pg::Pool pool(hasty);
  CHECK_THROWS_AS(pool.transaction([](pqxx::work& tx) { tx.exec("select pg_sleep(30)"); }), pg::Unavailable);
  CHECK(pool.reachable());
}

TEST_CASE("a server without a free connection is `Unavailable`") {
  const auto database = testing::Postgres::instance().create_database();
  execute_as_admin(database, "alter database " + database + " connection limit 0");
  pg::Pool pool(options(database));
  CHECK_THROWS_AS(pool.transaction([](pqxx::work&) {}), pg::Unavailable);
}

TEST_CASE("a connection that is lost while it commits is `Unavailable`") {
  pg::Pool pool(options(testing::Postgres::instance().create_database()));
  pg::migrate(pool, "registry", kThings);
  CHECK_THROWS_AS(pool.transaction([](pqxx::work& tx) {
    tx.exec("update things set n = 5");
    tx.exec("insert into last_words values (1)");
  }),
                  pg::Unavailable);
  CHECK(number(pool) == 0);
}

TEST_CASE("a body whose connection is lost is never continued on another one") {
  pg::Pool pool(options(testing::Postgres::instance().create_database()));
  pg::migrate(pool, "registry", kThings);
  int runs = 0;
  std::atomic<bool> went_on{false};
  const auto body = [&](pqxx::work& tx) {
    ++runs;
    tx.exec("update things set n = 1");
    const int pid = backend_of(tx);
    execute_as_admin("postgres", "select pg_terminate_backend(" + std::to_string(pid) + ", 5000)");
    for (int i = 0; i < 3; ++i) {
      try {
        tx.exec("select 1");
        went_on = true;
      } catch (const std::exception&) {  // a body that swallows the loss must not be helped by that
      }
    }
    tx.exec("update things set n = 2");
    went_on = true;
  };
  CHECK_THROWS_AS(pool.transaction(body), pg::Unavailable);
  CHECK(runs == 1);
  CHECK_FALSE(went_on);
  CHECK(number(pool) == 0);
}

TEST_CASE("connections that died while they were idle cost a body nothing, however many they are") {
  auto many = options(testing::Postgres::instance().create_database());
  many.size = 8;
  pg::Pool pool(many);
  std::atomic<int> inside{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      pool.transaction([&](pqxx::work&) {
        ++inside;
        testing::eventually([&] { return inside == 8; });
      });
    });
  }
  for (auto& thread : threads) thread.join();
  REQUIRE(inside == 8);
  execute_as_admin("postgres",
                   "select pg_terminate_backend(pid, 5000) from pg_stat_activity where pid <> "
                   "pg_backend_pid() and application_name = 'turnkey'");
  int runs = 0;
  pool.transaction([&](pqxx::work&) { ++runs; });
  CHECK(runs == 1);
}

TEST_CASE("a frozen backend ends the body as `Unavailable` after the time-out and the grace") {
  auto hasty = options(testing::Postgres::instance().create_database());
  hasty.statement_timeout = 300ms;
  hasty.silence_grace = 300ms;
  pg::Pool pool(hasty);
  const auto began = Clock::now();
  std::unique_ptr<Frozen> frozen;
  CHECK_THROWS_AS(pool.transaction([&](pqxx::work& tx) {
    frozen = std::make_unique<Frozen>(backend_of(tx));
    tx.exec("select 1");
  }),
                  pg::Unavailable);
  CHECK(Clock::now() - began >= 600ms);
  CHECK(Clock::now() - began < 5s);
  CHECK(pool.reachable());
}

TEST_CASE("a connection that froze while it was idle is replaced before the body runs") {
  pg::Pool pool(options(testing::Postgres::instance().create_database()));
  const Frozen frozen(pool.transaction(backend_of));
  const auto began = Clock::now();
  int runs = 0;
  pool.transaction([&](pqxx::work&) { ++runs; });
  CHECK(runs == 1);
  CHECK(Clock::now() - began < 6s);
}

TEST_CASE("a body may be at work for longer than the silence limit as long as it talks to the server") {
  auto hasty = options(testing::Postgres::instance().create_database());
  hasty.statement_timeout = 200ms;
  hasty.silence_grace = 400ms;
  pg::Pool pool(hasty);
  const auto end = Clock::now() + 1500ms;
  pool.transaction([&](pqxx::work& tx) {
    while (Clock::now() < end) tx.exec("select pg_sleep(0.1)");
  });
}

TEST_CASE("a connection asks its kernel to notice a server that has vanished") {
  pg::Connection connection(options(testing::Postgres::instance().create_database()));
  const auto value = [&](int level, int name) {
    int out = -1;
    socklen_t size = sizeof out;
    REQUIRE(getsockopt(connection.socket(), level, name, &out, &size) == 0);
    return out;
  };
  CHECK(value(SOL_SOCKET, SO_KEEPALIVE) == 1);
  CHECK(value(IPPROTO_TCP, TCP_KEEPIDLE) == 5);
  CHECK(value(IPPROTO_TCP, TCP_KEEPINTVL) == 2);
  CHECK(value(IPPROTO_TCP, TCP_KEEPCNT) == 3);
  CHECK(value(IPPROTO_TCP, TCP_USER_TIMEOUT) == 10'000);
}
