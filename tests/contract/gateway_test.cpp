// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "contracts/messages.hpp"
#include "documents.hpp"
#include "inbound/provisioning_streams.hpp"

using namespace turnkey;
using tests::Json;

TEST_CASE("a status as it is sent becomes a provisioning as HTTP shows it") {
  const auto now = *core::from_iso("2026-11-22T21:48:07.000Z");
  for (const auto& example : tests::good_examples("provisioning-status")) {
    INFO(example.name);
    const auto status = contracts::decode_provisioning_status(example.text);
    REQUIRE(status);
    const Json shown = gateway::shown_provisioning(status->provisioning, status->version, now);
    CHECK(tests::schemas().refusal("provisioning", shown) == "");
    CHECK(shown["serverTime"] == core::to_iso(now));
  }
}
