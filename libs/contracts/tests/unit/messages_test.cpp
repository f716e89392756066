// SPDX-License-Identifier: Apache-2.0
#include "contracts/messages.hpp"

#include <catch2/catch.hpp>

#include "contracts/topics.hpp"

using namespace turnkey;
namespace topics = contracts::topics;

TEST_CASE("topics are built and taken apart by the same rules") {
  const auto device = core::DeviceId::random();
  const auto provisioning = core::ProvisioningId::random();
  const topics::Roots roots;
  CHECK(topics::device_of_state(topics::state("devices", device), roots) == device);
  CHECK(topics::device_of_state(topics::state("losant", device), roots) == device);
  CHECK_FALSE(topics::device_of_state(topics::state("other", device), roots));
  CHECK_FALSE(topics::device_of_state("devices/" + device.str() + "/extra/state", roots));
  CHECK_FALSE(topics::device_of_state("devices/not-an-id/state", roots));
  CHECK_FALSE(topics::device_of_state("devices/state", roots));
  CHECK(topics::device_of_presence(topics::presence(device)) == device);
  CHECK_FALSE(topics::device_of_presence(topics::kPresenceBroker));
  CHECK(topics::device_of_event(topics::device_event(device)) == device);
  CHECK(topics::device_of_windows(topics::windows(device)) == device);
  CHECK(topics::provisioning_of_press(topics::press(provisioning)) == provisioning);
  CHECK(topics::provisioning_of_status(topics::status(provisioning)) == provisioning);
  CHECK_FALSE(topics::provisioning_of_press(topics::status(provisioning)));
}

TEST_CASE("device roots are read strictly") {
  CHECK(topics::Roots::parse("devices,losant")->names == std::vector<std::string>{"devices", "losant"});
  for (const char* text : {"", "devices,", ",devices", "a/b", "a,+", "#", "$SYS", "a,a"})
    CHECK_FALSE(topics::Roots::parse(text));
}

TEST_CASE("a report's id reads back, and other text is refused") {
  const contracts::ReportId id{"0123456789abcdef", 7, 4096};
  CHECK(contracts::ReportId::parse(id.str()) == id);
  for (const char* text : {"", "0123456789abcdef-7", "0123456789abcdef--7", "0123456789abcdeg-1-2",
                           "0123456789abcdef-1-2x", "0123456789abcdef-99999999999999999999-1", "x-1-2"}) {
    CHECK_FALSE(contracts::ReportId::parse(text));
  }
}

TEST_CASE("a message without its fields is refused with every field named") {
  const auto presence = contracts::decode_presence(R"({"deviceId":"short","connected":"yes"})");
  REQUIRE_FALSE(presence);
  CHECK(presence.error().code == core::ErrorCode::invalid);
  CHECK(presence.error().fields.size() >= 4);
}

TEST_CASE("a provisioning's status reads back with all it says") {
  contracts::ProvisioningStatus status;
  status.provisioning = {core::ProvisioningId::random(),
                         "GEN-1",
                         core::RecipeId::random(),
                         "waiting",
                         core::from_epoch_ms(1'795'383'600'000),
                         core::from_epoch_ms(1'795'383'900'000),
                         {"pattern", 3, 1, {}, true},
                         ""};
  status.device_id = core::DeviceId::random();
  status.user_id = core::UserId::random();
  status.version = 4;
  const auto read = contracts::decode_provisioning_status(to_json(status).dump());
  REQUIRE(read);
  CHECK(read->provisioning.id == status.provisioning.id);
  CHECK(read->provisioning.presence.required_presses == 3);
  CHECK(read->provisioning.presence.contended);
  CHECK_FALSE(read->provisioning.presence.proven_at);
  CHECK(read->version == 4);
  CHECK(to_json(*read) == to_json(status));
}

TEST_CASE("no open windows is an empty payload, which clears the retained message") {
  contracts::Windows windows{core::DeviceId::random(), "register_button", {}};
  CHECK(contracts::encode_windows(windows).empty());
  windows.windows.push_back(
      {core::ProvisioningId::random(), core::from_epoch_ms(1000), core::from_epoch_ms(2000)});
  const auto read = contracts::decode_windows(contracts::encode_windows(windows));
  REQUIRE(read);
  CHECK(read->windows.at(0).provisioning_id == windows.windows[0].provisioning_id);
}

TEST_CASE("a command's time always has milliseconds") {
  CHECK(contracts::encode_command("start", nullptr, core::from_epoch_ms(1'795'383'600'000)) ==
        R"({"name":"start","time":{"$date":"2026-11-22T21:40:00.000Z"}})");
}

TEST_CASE("an error travels with code, detail, fields and the time to wait") {
  core::Error error = core::invalid("Some fields are not right.", {{"name", "too_long", "at most 255"}});
  error.detail = "device_busy";
  error.retry_after = std::chrono::seconds(30);
  const core::Error read = contracts::error_from_json(contracts::to_json(error));
  CHECK(read.code == core::ErrorCode::invalid);
  CHECK(read.detail == "device_busy");
  CHECK(read.fields == error.fields);
  CHECK(read.retry_after == std::chrono::seconds(30));
}

TEST_CASE("S17: fields that are not known are named as errors") {
  const contracts::Json body = {{"name", "Pump"}, {"role", "operator"}};
  contracts::ObjectReader in(body);
  in.text("name");
  in.allow_only({"name"});
  REQUIRE_FALSE(in.ok());
  CHECK(in.error().fields.at(0).field == "role");
  CHECK(in.error().fields.at(0).code == "unknown_field");
}

TEST_CASE("S15: nesting beyond the limit, cut-off text and invalid UTF-8 are refused without an exception") {
  CHECK_FALSE(contracts::parse_json(std::string(100'000, '{')));
  CHECK_FALSE(contracts::parse_json("{\"a\":"));
  CHECK_FALSE(contracts::parse_json("\"\xC3\x28\""));
  CHECK(contracts::parse_json(std::string(31, '[') + std::string(31, ']')));
  CHECK(contracts::parse_json(std::string(40, '[') + std::string(40, ']')));
  CHECK_FALSE(contracts::parse_json(std::string(41, '[') + std::string(41, ']')));
}

TEST_CASE("text limits count characters, not bytes") {
  const contracts::Json body = {{"name", std::string("\xC3\xA5\xC3\xA4\xC3\xB6")}};
  contracts::ObjectReader in(body);
  CHECK(in.text("name", 1, 3).size() == 6);
  CHECK(in.ok());
}

TEST_CASE("a body of nothing but unknown fields does not make an answer many times its size [S21]") {
  contracts::Json body = contracts::Json::object();
  for (int i = 0; i < 20'000; ++i) body["k" + std::to_string(i)] = 0;
  contracts::ObjectReader in(body);
  in.allow_only({"name"});
  CHECK_FALSE(in.ok());
  CHECK(in.error().fields.size() == 500);
}
