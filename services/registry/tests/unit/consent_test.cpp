// SPDX-License-Identifier: Apache-2.0
#include "domain/consent.hpp"

#include <catch2/catch.hpp>

#include "domain/recipe.hpp"

using namespace turnkey;
using namespace turnkey::registry;
using namespace std::chrono_literals;

namespace {

const core::Timestamp kNow = *core::from_iso("2026-11-22T21:48:05.130Z");

ConsentRequest asked() {
  ConsentRequest request;
  request.note = "First";
  request.asked_at = kNow;
  return request;
}

}  // namespace

TEST_CASE("S6 an owner's consent opens a device whose recipe asks for it, and no other") {
  Recipe recipe;
  for (const bool consented : {false, true}) {
    INFO(consented);
    recipe.transfer_policy = "consent";
    CHECK(recipe.transferable(true, true, consented) == consented);
    CHECK(recipe.transferable(false, true, consented));
    recipe.transfer_policy = "never";
    CHECK_FALSE(recipe.transferable(true, true, consented));
    CHECK_FALSE(recipe.transferable(false, true, consented));
    CHECK(recipe.transferable(false, false, consented));
    recipe.transfer_policy = "presence";
    CHECK(recipe.transferable(true, true, consented));
  }
}

TEST_CASE("S6 a consent holds for its last millisecond of 24 hours, and not for the one after") {
  auto request = asked();
  CHECK_FALSE(request.holds(kNow));
  CHECK(request.grant(kNow + 1h));
  CHECK(request.holds(kNow + 25h - 1ms));
  CHECK(request.shown_state(kNow + 25h - 1ms) == "granted");
  CHECK_FALSE(request.holds(kNow + 25h));
  CHECK(request.shown_state(kNow + 25h) == "expired");
}

TEST_CASE("a decision that is made again changes nothing, and the other one takes its place") {
  auto request = asked();
  CHECK(request.grant(kNow));
  const auto until = request.granted_until;
  CHECK_FALSE(request.grant(kNow + 1h));
  CHECK(request.granted_until == until);
  CHECK(request.decline(kNow + 2h));
  CHECK_FALSE(request.holds(kNow + 2h));
  CHECK_FALSE(request.decline(kNow + 3h));
  CHECK(request.decided_at == kNow + 2h);
  CHECK(request.grant(kNow + 4h));
  CHECK(request.granted_until == kNow + 28h);
}

TEST_CASE("who asks again renews the note of the open request, and the owner is not told twice") {
  auto request = asked();
  CHECK_FALSE(request.ask_again("Second", kNow + 1h));
  CHECK(request.note == "Second");
  CHECK(request.asked_at == kNow + 1h);
  CHECK(request.state == ConsentRequest::State::open);
}

TEST_CASE("a refusal holds for a day, however often one asks, and then the owner may be asked anew") {
  auto request = asked();
  request.decline(kNow);
  CHECK_FALSE(request.ask_again("Please", kNow + 24h - 1ms));
  CHECK(request.shown_state(kNow) == "declined");
  CHECK(request.note == "First");
  CHECK(request.ask_again("Please", kNow + 24h));
  CHECK(request.shown_state(kNow + 24h) == "open");
  CHECK(request.note == "Please");
}

TEST_CASE("asking again leaves a grant as it is, and brings an expired one back to the owner") {
  auto request = asked();
  request.grant(kNow);
  CHECK_FALSE(request.ask_again("Again", kNow + 1h));
  CHECK(request.holds(kNow + 1h));
  CHECK(request.ask_again("Again", kNow + 24h));
  CHECK(request.shown_state(kNow + 24h) == "open");
  CHECK_FALSE(request.granted_until);
}

TEST_CASE("a request is kept for seven days since it was asked, and for as long as a grant holds") {
  auto request = asked();
  CHECK(request.kept(kNow + 168h - 1ms));
  CHECK_FALSE(request.kept(kNow + 168h));
  request.grant(kNow + 167h);
  CHECK(request.kept(kNow + 190h));
  CHECK_FALSE(request.kept(kNow + 191h));
}
