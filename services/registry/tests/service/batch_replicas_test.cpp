// SPDX-License-Identifier: Apache-2.0
// Imports that more than one replica, or more than one request, is after.
#include <pqxx/transaction>

#include "service/raw_caller.hpp"
#include "service/system.hpp"

using namespace turnkey;
using namespace turnkey::registry::tests;
using namespace std::chrono_literals;

namespace {

// While it lives, no import gets further than to its beginning.
struct OthersImport {
  OthersImport()
      : connection(testing::Postgres::instance().admin_connection_string(system().database)), tx(connection) {
    tx.exec("select pg_advisory_xact_lock(hashtext('registration'))");
  }
  pqxx::connection connection;
  pqxx::work tx;
};

int waiting_imports() {
  return system().number(
      "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = "
      "current_database()");
}

Json request_of(const std::string& recipe, const std::string& key) {
  return System::as(
      system().ops,
      {{"recipeId", recipe}, {"uploadId", core::random_hex_id()}, {"count", 2}, {"idempotencyKey", key}});
}

}  // namespace

TEST_CASE("S7 an import that the bus brings to a second replica too is answered by the one that has it") {
  auto& s = system();
  auto config = s.config();
  config.service.bus.client_id = "registry-second";
  registry::App second(config, s.clock);
  REQUIRE(eventually([&] { return second.connected(); }));
  RawCaller caller;
  const Json request = request_of(s.recipe(), "two-replicas");
  {
    const OthersImport others;
    for (int i = 0; i < 6; ++i) caller.send("register_batch", request, "the-same-each-time");
    CHECK(eventually([&] { return waiting_imports() == 1; }));
    CHECK_FALSE(eventually([&] { return waiting_imports() > 1 || !caller.replies().empty(); }, 1s));
  }
  REQUIRE(eventually([&] { return !caller.replies().empty(); }));
  CHECK_FALSE(eventually([&] { return caller.replies().size() > 1; }, 1s));
  CHECK(caller.replies()[0]["ok"]["outcome"] == "registered");
  CHECK(System::made_in(s.answer_of(caller.replies()[0]["ok"])).size() == 2);
}

TEST_CASE("a request that does not come to its import says nothing about another one with its key") {
  auto& s = system();
  const Json key = {{"idempotencyKey", "asked-twice"}};
  s.must_batch(s.recipe(), "serial\nASKED-TWICE-1\n", key);
  s.sql("update registry.batch_progress set phase = 'writing', rows = 9, done = 4");  // as if it still ran
  const auto refused = s.call("register_batch", request_of(s.recipe(), "asked-twice"));
  CHECK(refused.error().detail == "idempotency_key_used");
  CHECK(s.must("get_batch_progress", System::as(s.ops, key)) ==
        Json{{"phase", "writing"}, {"rows", 9}, {"done", 4}});
}
