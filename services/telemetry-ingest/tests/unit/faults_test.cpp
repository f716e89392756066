// SPDX-License-Identifier: Apache-2.0
#include "domain/faults.hpp"

#include <catch2/catch.hpp>

using namespace turnkey;
using namespace turnkey::ingest;

namespace {

core::Timestamp at(int second) { return core::from_epoch_ms(second * 1000); }
Sample code(int second, double number) { return {"fault", at(second), number, ""}; }

// The seconds at which faults begin.
std::vector<std::int64_t> begin(const std::optional<LastFaultState>& last, std::vector<Sample> samples) {
  std::vector<std::int64_t> seconds;
  for (const auto& sample : beginnings(last, std::move(samples)))
    seconds.push_back(core::to_epoch_ms(sample.time) / 1000);
  return seconds;
}
using Seconds = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("a fault is true, a number other than zero, or a text that says something") {
  CHECK(is_fault(1.0, ""));
  CHECK(is_fault(-0.5, ""));
  CHECK_FALSE(is_fault(0.0, ""));
  CHECK(is_fault({}, "low oil"));
  CHECK_FALSE(is_fault({}, ""));
}

TEST_CASE("a fault begins where it was not before, in the order of time, whatever the order of arrival") {
  CHECK(begin({}, {code(1, 0), code(2, 7), code(3, 7), code(4, 0), code(5, 8)}) == Seconds{2, 5});
  CHECK(begin({}, {code(5, 8), code(1, 0), code(4, 0), code(2, 7)}) == Seconds{2, 5});
  CHECK(begin({}, {code(1, 7)}) == Seconds{1});
}

TEST_CASE("what was known before counts, and what is older than that says nothing") {
  CHECK(begin(LastFaultState{at(10), true}, {code(11, 7), code(12, 0), code(13, 7)}) == Seconds{13});
  CHECK(begin(LastFaultState{at(10), false}, {code(5, 7), code(11, 7)}) == Seconds{11});
  CHECK(begin(LastFaultState{at(10), true}, {code(5, 0), code(11, 7)}).empty());
}
