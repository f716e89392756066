// SPDX-License-Identifier: Apache-2.0
#include "bus/recent_requests.hpp"

#include <catch2/catch.hpp>

using turnkey::bus::RecentRequests;
using Seen = RecentRequests::Seen;

namespace {

const auto kLater = RecentRequests::Clock::now() + std::chrono::hours(1);

}  // namespace

TEST_CASE("a request is new once, then running, then answered with its reply") {
  RecentRequests recent;
  std::string reply;
  CHECK(recent.begin("a", reply) == Seen::first);
  CHECK(recent.begin("a", reply) == Seen::running);
  CHECK(recent.begin("b", reply) == Seen::first);
  recent.end("a", "yes", kLater);
  CHECK(recent.begin("a", reply) == Seen::answered);
  CHECK(reply == "yes");
}

TEST_CASE("a request that did not run may come again, one that was answered is not forgotten so") {
  RecentRequests recent;
  std::string reply;
  recent.begin("a", reply);
  recent.forget("a");
  CHECK(recent.begin("a", reply) == Seen::first);
  recent.end("a", "yes", kLater);
  recent.forget("a");
  CHECK(recent.begin("a", reply) == Seen::answered);
}

TEST_CASE("replies are kept up to a number and a size, the oldest go first, what runs stays") {
  RecentRequests recent(2, 10);
  std::string reply;
  recent.begin("runs", reply);
  for (const char* key : {"a", "b", "c"}) {
    recent.begin(key, reply);
    recent.end(key, "123", kLater);
  }
  CHECK(recent.begin("c", reply) == Seen::answered);
  CHECK(recent.begin("b", reply) == Seen::answered);
  recent.begin("d", reply);
  recent.end("d", "12345678", kLater);  // with "123" it is 11 bytes: one too many
  CHECK(recent.begin("d", reply) == Seen::answered);
  CHECK(recent.begin("c", reply) == Seen::first);
  CHECK(recent.begin("runs", reply) == Seen::running);
}

TEST_CASE("a reply is dropped once its time is over") {
  RecentRequests recent;
  std::string reply;
  recent.begin("a", reply);
  recent.end("a", "yes", RecentRequests::Clock::now() - std::chrono::milliseconds(1));
  CHECK(recent.begin("a", reply) == Seen::first);
}
