// SPDX-License-Identifier: Apache-2.0
#include "domain/session_cache.hpp"

#include <catch2/catch.hpp>

#include "domain/answer_step.hpp"
#include "domain/miss_limiter.hpp"

using namespace turnkey;
using namespace turnkey::gateway;

TEST_CASE("a session is believed for ten seconds, not a moment longer") {
  SessionCache cache;
  const auto now = SessionCache::Clock::now();
  const Session session{core::UserId::random(), "viewer", {}, "token"};
  cache.put(session, now, cache.generation());
  CHECK(cache.find("token", now + std::chrono::milliseconds(9999)).has_value());
  CHECK_FALSE(cache.find("token", now + std::chrono::seconds(10)).has_value());
}

TEST_CASE(
    "a changed user is forgotten at once, and an answer that was asked for before the change is not kept") {
  SessionCache cache;
  const auto now = SessionCache::Clock::now();
  const Session session{core::UserId::random(), "viewer", {}, "token"};
  cache.put(session, now, cache.generation());
  const auto asked_at = cache.generation();
  cache.drop_user(session.user_id);
  CHECK_FALSE(cache.find("token", now).has_value());
  cache.put(session, now, asked_at);
  CHECK_FALSE(cache.find("token", now).has_value());
}

TEST_CASE("S3 sixty misses in a minute stop a user until the minute is over, and nobody else") {
  MissLimiter limiter;
  const auto now = MissLimiter::Clock::now();
  const auto user = core::UserId::random();
  for (int i = 0; i < MissLimiter::kMisses; ++i) {
    CHECK_FALSE(limiter.wait(user, now).has_value());
    limiter.miss(user, now);
  }
  CHECK(limiter.wait(user, now) == std::chrono::seconds(60));
  CHECK_FALSE(limiter.wait(core::UserId::random(), now).has_value());
  CHECK_FALSE(limiter.wait(user, now + MissLimiter::kWindow).has_value());
}

TEST_CASE("S4 what is not found is answered at a full step, however long the look took") {
  using namespace std::chrono_literals;
  const auto began = std::chrono::steady_clock::now();
  CHECK(answer_at(began, began + 1ns) == began + 10ms);
  CHECK(answer_at(began, began + 1400us) == began + 10ms);
  CHECK(answer_at(began, began + 1700us) == began + 10ms);
  CHECK(answer_at(began, began + 10ms) == began + 10ms);
  CHECK(answer_at(began, began + 10ms + 1ns) == began + 20ms);
}
