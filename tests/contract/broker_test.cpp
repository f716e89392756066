// SPDX-License-Identifier: Apache-2.0
// What the broker plugin reads on $CONTROL/turnkey/..., which is what the registry and ingest send there.
#include <catch2/catch.hpp>

#include "contracts/messages.hpp"
#include "documents.hpp"
#include "inbound/control_messages.hpp"

using namespace turnkey;
using tests::Json;

TEST_CASE("the plugin takes the golden changes of credentials, all of them") {
  for (const auto& example : tests::good_examples("credential-changes")) {
    INFO(example.name);
    const Json message = Json::parse(example.text);
    const auto rows = broker::decode_credential_changes(example.text);
    REQUIRE(rows);
    REQUIRE(rows->size() == message["changes"].size());
    for (std::size_t i = 0; i < rows->size(); ++i) {
      CHECK(rows->at(i).revision == message["revision"]);
      const Json& change = message["changes"][i];
      CHECK(rows->at(i).revoked == change.contains("revoked"));
      CHECK((rows->at(i).credential.holder == broker::Holder::integration) ==
            change.contains("integrationId"));
      CHECK(rows->at(i).limits.allowed.size() == change.value("allowedAddresses", Json::array()).size());
      CHECK(rows->at(i).limits.valid_until.has_value() == change.contains("validUntil"));
    }
  }
}

TEST_CASE("the plugin refuses the changes of credentials to be refused") {
  for (const auto& example : tests::refused_examples("credential-changes")) {
    INFO(example.name);
    CHECK_FALSE(broker::decode_credential_changes(example.text));
  }
}

TEST_CASE("the plugin takes the golden control messages of the journal, range by range") {
  for (const auto& example : tests::good_examples("journal-control")) {
    INFO(example.name);
    const Json message = Json::parse(example.text);
    const auto control = broker::decode_journal_control(example.text);
    REQUIRE(control);
    CHECK(control->hello == message.contains("hello"));
    std::vector<contracts::SpooledRange> ranges;
    for (const auto& range : control->spooled)
      ranges.push_back({range.journal, range.segment, range.from, range.to});
    if (message.contains("spooled")) CHECK(Json::parse(contracts::encode_journal_spooled(ranges)) == message);
  }
}

TEST_CASE("the plugin refuses the control messages of the journal to be refused") {
  for (const auto& example : tests::refused_examples("journal-control")) {
    INFO(example.name);
    CHECK_FALSE(broker::decode_journal_control(example.text));
  }
}
