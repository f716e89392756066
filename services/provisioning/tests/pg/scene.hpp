// SPDX-License-Identifier: Apache-2.0
// The use cases on a real database, with what surrounds them played.
#pragma once

#include <catch2/catch.hpp>
#include <pqxx/result>
#include <thread>
#include "contracts/json.hpp"
#include "fixture/database_world.hpp"
#include "pg/outbox.hpp"
#include "usecases/accept_press.hpp"
#include "usecases/advance.hpp"
#include "usecases/answer_blinks.hpp"
#include "usecases/cancel.hpp"
#include "usecases/complete.hpp"
#include "usecases/get.hpp"
#include "usecases/identify.hpp"
#include "usecases/open.hpp"

namespace turnkey::provisioning::tests {

inline const Wish kWish{"Generator 4", "aaaaaaaaaaaaaaaaaaaaaaaa", "kd-60"};

struct Scene : TestWorld {
  core::Result<Provisioning> open(const core::UserId& user, const core::Serial& serial,
                                  const std::string& key = core::random_hex(8)) {
    return provisioning::open(world, {user, serial, key}, soon());
  }
  Provisioning opened(const core::UserId& user, const Device& device) {
    const auto result = open(user, device.serial);
    REQUIRE(result.has_value());
    return result.value();
  }
  Provisioning proven(const core::UserId& user, const Device& device) {
    const auto window = opened(user, device);
    press(window);
    return now(window);
  }
  void press(const Provisioning& window, const std::string& id = core::random_hex(8)) {
    accept_press(world, {window.id, id, clock.now(), 1});
  }
  core::Result<std::string> complete(const Provisioning& window, const Wish& wish = kWish) {
    return provisioning::complete(world, window.user, window.id, wish, soon());
  }
  Provisioning now(const Provisioning& window) {
    const auto found = store.find(window.id);
    REQUIRE(found.has_value());
    return found.value();
  }
  std::int64_t lines(const std::string& act) {
    return number(
        "select count(*) from outbox where kind = 'ledger' and payload::json->>'act' = 'provisioning." + act +
        "'");
  }
};

template <typename Work>
void at_once(int count, const Work& work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back([&work, i] { work(i); });
  for (auto& thread : threads) thread.join();
}

}  // namespace turnkey::provisioning::tests
