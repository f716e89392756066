// SPDX-License-Identifier: Apache-2.0
#include "domain/bulkhead.hpp"

#include <catch2/catch.hpp>
#include <optional>

using turnkey::gateway::Bulkhead;

TEST_CASE("as many as there are places get one, the next gets none until one is free again") {
  Bulkhead bulkhead(2);
  std::optional<Bulkhead::Place> first(std::in_place, bulkhead);
  const Bulkhead::Place second(bulkhead);
  CHECK(first->taken());
  CHECK(second.taken());
  CHECK_FALSE(Bulkhead::Place(bulkhead).taken());
  first.reset();
  CHECK(Bulkhead::Place(bulkhead).taken());
  CHECK(Bulkhead::Place(bulkhead).taken());
}
