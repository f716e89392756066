// SPDX-License-Identifier: Apache-2.0
// Passwords of the database, one and two at a time. The role that these tests share is the only one that
// needs any.
#include <catch2/catch.hpp>
#include <fstream>
#include <pqxx/pqxx>

#include "pg/pool.hpp"
#include "testing/postgres.hpp"
#include "testing/process.hpp"

using namespace turnkey;

namespace {

constexpr const char* kRole = "turnkey_with_password";

void set_password(const std::string& password) {
  pqxx::connection connection(testing::Postgres::instance().admin_connection_string("postgres"));
  pqxx::nontransaction tx(connection);
  if (tx.exec_params("select from pg_roles where rolname = $1", kRole).empty())
    tx.exec(std::string("create role ") + kRole + " login");
  tx.exec(std::string("alter role ") + kRole + " password " + tx.quote(password));
}

pg::PoolOptions with(core::Secret password) {
  pg::PoolOptions options;
  options.connection_string = testing::Postgres::instance().connection_string("postgres", kRole);
  options.password = std::move(password);
  return options;
}

int answer(pg::Pool& pool) {
  return pool.transaction([](pqxx::work& tx) { return tx.exec1("select 42")[0].as<int>(); });
}

}  // namespace

TEST_CASE("a database password may hold any character, and a wrong one is refused") {
  const std::string odd = R"(it's a \ host=evil "0123)";
  set_password(odd);
  pg::Pool right(with(odd));
  CHECK(answer(right) == 42);
  pg::Pool wrong(with("another"));
  CHECK_THROWS_AS(answer(wrong), pg::Unavailable);
}

TEST_CASE(
    "while a database password is rotated new connections are made before, during and after the change") {
  const testing::TemporaryFolder folder;
  const std::string file = folder.path() + "/password";
  const auto fresh = [&] {  // each with a pool, and so a connection, of its own
    pg::Pool pool(with(core::Secret::in_file(file)));
    return answer(pool);
  };
  set_password("older");
  std::ofstream(file) << "older\n";
  pg::Pool standing(with(core::Secret::in_file(file)));
  CHECK(answer(standing) == 42);
  std::ofstream(file) << "older\nnewer\n";
  CHECK(fresh() == 42);
  set_password("newer");
  CHECK(fresh() == 42);
  std::ofstream(file) << "newer\n";
  CHECK(fresh() == 42);
  CHECK(answer(standing) == 42);  // what is open stays
  pg::Pool left_behind(with("older"));
  CHECK_THROWS_AS(answer(left_behind), pg::Unavailable);
}
