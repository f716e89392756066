// SPDX-License-Identifier: Apache-2.0
#include <spdlog/spdlog.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <pqxx/pqxx>
#include <thread>

#include "pg/migrations.hpp"
#include "pg/pool.hpp"
#include "testing/eventually.hpp"
#include "testing/postgres.hpp"

using namespace turnkey;
using testing::eventually;

namespace {

pg::PoolOptions options(const std::string& database) {
  pg::PoolOptions out;
  out.connection_string = testing::Postgres::instance().connection_string(database);
  out.search_path = "registry";
  return out;
}

const pg::Migrations kOne = {{"0001_things", "create table things (n int); insert into things values (0)"}};

int number(pg::Pool& pool) {
  return pool.transaction([](pqxx::work& tx) { return tx.exec1("select max(n) from things")[0].as<int>(); });
}

}  // namespace

TEST_CASE("two programs that start together migrate once, and a later migration is added") {
  const auto database = testing::Postgres::instance().create_database();
  std::vector<std::thread> starters;
  std::atomic<int> done{0};
  for (int i = 0; i < 4; ++i) {
    starters.emplace_back([&] {
      pg::Pool pool(options(database));
      pg::migrate(pool, "registry", kOne);
      ++done;
    });
  }
  for (auto& starter : starters) starter.join();
  CHECK(done == 4);
  pg::Pool pool(options(database));
  CHECK(number(pool) == 0);
  auto two = kOne;
  two.push_back({"0002_more", "insert into things values (2)"});
  pg::migrate(pool, "registry", two);
  CHECK(number(pool) == 2);
  CHECK_THROWS_WITH(pg::migrate(pool, "registry", kOne), Catch::Contains("0002_more"));
}

TEST_CASE("a migration that fails is named and leaves nothing behind") {
  pg::Pool pool(options(testing::Postgres::instance().create_database()));
  pg::migrate(pool, "registry", kOne);
  auto wrong = kOne;
  wrong.push_back({"0002_wrong", "insert into things values (2); select no_such_column from things"});
  CHECK_THROWS_WITH(pg::migrate(pool, "registry", wrong), Catch::Contains("0002_wrong"));
  CHECK(number(pool) == 0);
}

TEST_CASE("a migration may take longer than a statement, and a replica that starts meanwhile waits for it") {
  auto hasty = options(testing::Postgres::instance().create_database());
  hasty.statement_timeout = std::chrono::milliseconds(100);
  hasty.silence_grace = std::chrono::milliseconds(100);
  auto slow = kOne;
  slow.push_back({"0002_slow", "select pg_sleep(1); insert into things values (2)"});
  std::atomic<int> done{0};
  const auto start = [&] {
    try {
      pg::Pool pool(hasty);
      pg::migrate(pool, "registry", slow);
      ++done;
    } catch (const std::exception& error) {
      spdlog::error("not migrated reason={}", error.what());
    }
  };
  std::thread other(start);
  start();
  other.join();
  CHECK(done == 2);
  pg::Pool pool(hasty);
  CHECK(number(pool) == 2);
  CHECK_THROWS_AS(pool.transaction([](pqxx::work& tx) { tx.exec("select pg_sleep(1)"); }), pg::TooSlow);
}

TEST_CASE("a migration whose text was changed after it was applied is named and refused") {
  pg::Pool pool(options(testing::Postgres::instance().create_database()));
  pg::migrate(pool, "registry", kOne);
  pg::migrate(pool, "registry", kOne);
  auto changed = kOne;
  changed[0].sql += " -- a word";
  changed.push_back({"0002_more", "insert into things values (2)"});
  CHECK_THROWS_WITH(pg::migrate(pool, "registry", changed), Catch::Contains("0001_things"));
  CHECK(number(pool) == 0);
}

TEST_CASE("a schema that was made before texts were remembered is taken as it is") {
  pg::Pool pool(options(testing::Postgres::instance().create_database()));
  pg::migrate(pool, "registry", kOne);
  pool.transaction([](pqxx::work& tx) { tx.exec("alter table schema_migrations drop column sha256"); });
  auto two = kOne;
  two.push_back({"0002_more", "insert into things values (2)"});
  pg::migrate(pool, "registry", two);
  CHECK(number(pool) == 2);
  two[1].sql += ";";
  CHECK_THROWS_WITH(pg::migrate(pool, "registry", two), Catch::Contains("0002_more"));
}

TEST_CASE("a serialisation failure runs the body again until it is counted once") {
  pg::Pool pool(options(testing::Postgres::instance().create_database()));
  pg::migrate(pool, "registry", kOne);
  std::atomic<int> runs{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      pool.transaction([&](pqxx::work& tx) {
        tx.exec("set transaction isolation level repeatable read");
        const int n = tx.exec1("select n from things")[0].as<int>();
        ++runs;
        eventually([&] { return runs >= 3; });
        tx.exec("update things set n = " + std::to_string(n + 1));
      });
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(number(pool) == 3);
  CHECK(runs > 3);
}

TEST_CASE("the body's own exception rolls back and passes through") {
  pg::Pool pool(options(testing::Postgres::instance().create_database()));
  pg::migrate(pool, "registry", kOne);
  CHECK_THROWS_AS(pool.transaction([](pqxx::work& tx) {
    tx.exec("update things set n = 7");
    throw std::logic_error("no");
  }),
                  std::logic_error);
  CHECK(number(pool) == 0);
}

TEST_CASE("a stopped database is `Unavailable`, and the same pool works when it is back") {
  auto& postgres = testing::Postgres::instance();
  pg::Pool pool(options(postgres.create_database()));
  pg::migrate(pool, "registry", kOne);
  postgres.stop_now();
  CHECK_FALSE(pool.reachable());
  CHECK_THROWS_AS(number(pool), pg::Unavailable);
  postgres.start_again();
  CHECK(number(pool) == 0);
}

TEST_CASE("a pool hands out no more connections than it may") {
  auto few = options(testing::Postgres::instance().create_database());
  few.size = 1;
  few.search_path = "public";
  few.checkout_timeout = std::chrono::milliseconds(50);
  pg::Pool pool(few);
  pool.transaction(
      [&](pqxx::work&) { CHECK_THROWS_AS(pool.transaction([](pqxx::work&) {}), pg::Unavailable); });
  CHECK(pool.reachable());
}
