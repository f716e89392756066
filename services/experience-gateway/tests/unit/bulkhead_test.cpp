// SPDX-License-Identifier: Apache-2.0
#include "domain/bulkhead.hpp"

#include <catch2/catch.hpp>
#include <future>
#include <optional>

using turnkey::gateway::Bulkhead;
using namespace std::chrono_literals;

TEST_CASE("as many as there are places get one, the next gets none until one is free again") {
  Bulkhead bulkhead(2);
  std::optional<Bulkhead::Place> first(std::in_place, bulkhead, 0ms);
  const Bulkhead::Place second(bulkhead, 0ms);
  CHECK(first->taken());
  CHECK(second.taken());
  CHECK_FALSE(Bulkhead::Place(bulkhead, 0ms).taken());
  first.reset();
  CHECK(Bulkhead::Place(bulkhead, 0ms).taken());
  CHECK(Bulkhead::Place(bulkhead, 0ms).taken());
}

TEST_CASE("who finds no place waits for one, but not for a service that is known to be silent") {
  Bulkhead bulkhead(1);
  std::optional<Bulkhead::Place> only(std::in_place, bulkhead, 0ms);
  auto next = std::async(std::launch::async, [&] { return Bulkhead::Place(bulkhead, 10s).taken(); });
  only.reset();
  CHECK(next.get());

  only.emplace(bulkhead, 0ms);
  auto refused = std::async(std::launch::async, [&] { return Bulkhead::Place(bulkhead, 10s).taken(); });
  bulkhead.silent();
  CHECK_FALSE(refused.get());
  bulkhead.answered();
  only.reset();
  CHECK(Bulkhead::Place(bulkhead, 10s).taken());
}

TEST_CASE("where nothing has moved for so long, the next is told at once that there is no place [S21]") {
  Bulkhead bulkhead(1);
  std::optional<Bulkhead::Place> only(std::in_place, bulkhead, 0ms);
  CHECK_FALSE(Bulkhead::Place(bulkhead, 50ms).taken());
  // As many as there may be: all of them together wait no longer than the first one did.
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 10'000; ++i) REQUIRE_FALSE(Bulkhead::Place(bulkhead, 50ms).taken());
  CHECK(std::chrono::steady_clock::now() - began < 10'000 * 50ms);

  auto next = std::async(std::launch::async, [&] { return Bulkhead::Place(bulkhead, 1min).taken(); });
  only.reset();
  CHECK(next.get());
}
