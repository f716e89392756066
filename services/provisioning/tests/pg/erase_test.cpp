// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_erasure.hpp"
#include "scene.hpp"

using namespace turnkey;
using namespace turnkey::provisioning;
using namespace turnkey::provisioning::tests;

namespace {

struct ErasureScene : Scene {
  PgErasure erasure{pool};
  std::int64_t rows_of(const core::UserId& user) {
    return number("select (select count(*) from provisionings where user_id = '" + user.str() +
                  "') + (select count(*) from failed_scans where user_id = '" + user.str() + "')");
  }
};

}  // namespace

TEST_CASE_METHOD(ErasureScene, "S23 what is known of a person is counted, then gone; others keep theirs") {
  const auto window = proven(anna, registry.add());
  REQUIRE(complete(window));
  REQUIRE(store.begin_scan(anna, core::Serial::trusted("GEN-GUESSED"), clock.now()));
  REQUIRE(complete(proven(bert, registry.add())));
  const Erasure wanted{{anna}, {}};
  const auto counted = erase(erasure, wanted, false);
  REQUIRE(counted);
  CHECK(*counted == Counts{{"presses", 1}, {"provisionings", 1}, {"failed_scans", 1}});
  CHECK(rows_of(anna) == 2);
  CHECK(*erase(erasure, wanted, true) == *counted);
  CHECK(rows_of(anna) == 0);
  CHECK(rows_of(bert) == 1);
  CHECK(erase(erasure, wanted, true)->at("provisionings") == 0);
}

TEST_CASE_METHOD(ErasureScene, "S23 hand-overs into a group that is erased go, whoever made them") {
  REQUIRE(complete(proven(anna, registry.add())));
  REQUIRE(erase(erasure, {{}, {core::GroupId::trusted(kWish.group_id)}}, true));
  CHECK(rows_of(anna) == 0);
}

TEST_CASE_METHOD(ErasureScene, "nobody is erased while a window of theirs is open") {
  const auto window = opened(anna, registry.add());
  const auto refused = erase(erasure, {{anna}, {}}, true);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().detail == "windows_open");
  CHECK(rows_of(anna) == 1);
  REQUIRE(cancel(world, anna, window.id));
  CHECK(erase(erasure, {{anna}, {}}, true));
  CHECK(rows_of(anna) == 0);
}
