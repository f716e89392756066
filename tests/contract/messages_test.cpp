// SPDX-License-Identifier: Apache-2.0
// libs/contracts against the schemas and the golden messages, in both directions.
#include "contracts/messages.hpp"

#include <catch2/catch.hpp>
#include <functional>
#include <set>

#include "documents.hpp"

using namespace turnkey;
using core::Result;
using tests::Json;

namespace {

const core::Timestamp kTime = *core::from_iso("2026-11-22T21:48:05.130Z");

template <typename Message>
Result<Json> encoded_again(const Result<Message>& message) {
  if (!message) return message.error();
  return contracts::to_json(*message);
}

// Decodes and encodes again. What comes out must be what went in.
using Turn = std::function<Result<Json>(const std::string&)>;
const std::map<std::string, Turn>& turns() {
  static const std::map<std::string, Turn> all = {
      {"presence", [](const auto& text) { return encoded_again(contracts::decode_presence(text)); }},
      {"broker-boot", [](const auto& text) { return encoded_again(contracts::decode_broker_boot(text)); }},
      {"device-event",
       [](const auto& text) {
         return encoded_again(contracts::decode_device_event(std::string_view(text)));
       }},
      {"user-event", [](const auto& text) { return encoded_again(contracts::decode_user_event(text)); }},
      {"press", [](const auto& text) { return encoded_again(contracts::decode_press(text)); }},
      {"provisioning-status",
       [](const auto& text) { return encoded_again(contracts::decode_provisioning_status(text)); }},
      {"windows",
       [](const auto& text) -> Result<Json> {
         const auto message = contracts::decode_windows(text);
         if (!message) return message.error();
         return Json::parse(contracts::encode_windows(*message));
       }},
  };
  return all;
}

// Consumers live without these, so that an older sender is still understood.
const std::map<std::string, std::set<std::string>> kForgiven = {
    {"device-event", {"event", "groupPath", "attributes", "registerAttribute"}}};

bool forgiven(const std::string& schema, const std::string& field) {
  const auto it = kForgiven.find(schema);
  return it != kForgiven.end() && it->second.count(field) != 0;
}

void check_schema(const std::string& schema, const Json& message) {
  INFO(message.dump());
  CHECK(tests::schemas().refusal(schema, message) == "");
}

contracts::DeviceEvent device_event() {
  contracts::DeviceEvent event;
  event.device_id = core::DeviceId::random();
  event.serial = "GEN-7K3M-Q9XT-4Z";
  event.revision = 1;
  event.event = "registered";
  event.at = kTime;
  event.recipe_id = core::RecipeId::random();
  event.register_attribute = "register_button";
  return event;
}

contracts::ProvisioningView view(const std::string& state) {
  contracts::ProvisioningView view;
  view.id = core::ProvisioningId::random();
  view.serial = "GEN-7K3M-Q9XT-4Z";
  view.recipe_id = core::RecipeId::random();
  view.state = state;
  view.started_at = kTime;
  view.expires_at = kTime + std::chrono::minutes(5);
  view.presence.policy = "press";
  return view;
}

}  // namespace

TEST_CASE("every decoder takes the golden messages, and its encoder gives them back as they were") {
  for (const auto& [schema, turn] : turns()) {
    for (const auto& example : tests::good_examples(schema)) {
      INFO(example.name);
      const auto again = turn(example.text);
      REQUIRE(again);
      CHECK(*again == Json::parse(example.text));
    }
  }
}

TEST_CASE("every decoder refuses the messages to be refused and says which field is wrong") {
  for (const auto& [schema, turn] : turns()) {
    for (const auto& example : tests::refused_examples(schema)) {
      INFO(example.name);
      const auto refused = turn(example.text);
      REQUIRE_FALSE(refused);
      CHECK(refused.error().code == core::ErrorCode::invalid);
      CHECK_FALSE(refused.error().fields.empty());
    }
  }
}

TEST_CASE("every decoder refuses a message without a field that it needs") {
  for (const auto& [schema, turn] : turns()) {
    for (const auto& example : tests::good_examples(schema)) {
      const Json message = Json::parse(example.text);
      for (const Json& name : tests::schemas().document(schema)["required"]) {
        const std::string field = name.get<std::string>();
        Json cut = message;
        cut.erase(field);
        INFO(example.name << " without " << field);
        CHECK(turn(cut.dump()).has_value() == forgiven(schema, field));
      }
    }
  }
}

TEST_CASE("decoders take a field that a newer sender adds") {
  for (const auto& [schema, turn] : turns()) {
    for (const auto& example : tests::good_examples(schema)) {
      INFO(example.name);
      Json message = Json::parse(example.text);
      message["added"] = {{"later", true}};
      CHECK(turn(message.dump()));
    }
  }
}

TEST_CASE("decoders refuse what is no object, without throwing") {
  for (const auto& [schema, turn] : turns()) {
    for (const char* text : {"", "{", "null", "[]", "7", "\"x\"", "\xFF", "{}", "[{}]", "{\"at\":{}}"}) {
      INFO(schema << " " << text);
      CHECK_FALSE(turn(text));
    }
  }
}

TEST_CASE("what the encoder of a presence writes is in its schema") {
  const auto device = core::DeviceId::random();
  check_schema("presence", contracts::to_json(contracts::Presence{device, true, kTime, "3f9a0c7e51d2b846"}));
  check_schema("presence", contracts::to_json(contracts::Presence{device, false, core::Timestamp{},
                                                                  "3f9a0c7e51d2b846", "disconnected"}));
  check_schema("broker-boot", contracts::to_json(contracts::BrokerBoot{"3f9a0c7e51d2b846", kTime}));
}

TEST_CASE("what the encoder of device events writes is in its schema, with and without an owner") {
  auto event = device_event();
  check_schema("device-event", contracts::to_json(event));
  event.event = "assigned";
  event.group_id = core::GroupId::random();
  event.group_path = {core::GroupId::random(), *event.group_id};
  event.provisioned_at = kTime;
  event.attributes = {{"rpm", contracts::AttributeType::number, "1/min", 0.0, 2000.0},
                      {"place", contracts::AttributeType::gps}};
  check_schema("device-event", contracts::to_json(event));
  event.taken_over_from = core::GroupId::random();
  check_schema("device-event", contracts::to_json(event));
}

TEST_CASE("an item of sync_devices is a device event without the event") {
  auto event = device_event();
  event.event.clear();
  Json item = contracts::to_json(event);
  CHECK_FALSE(item.contains("event"));
  item["event"] = "changed";
  check_schema("device-event", item);
}

TEST_CASE("what the encoder of user events writes is in its schema") {
  for (const char* event : {"changed", "signed_out", "deleted"})
    check_schema("user-event",
                 contracts::to_json(contracts::UserEvent{core::UserId::random(), kTime, event}));
}

TEST_CASE("windows are written as their schema has them, and none as an empty payload") {
  contracts::Windows windows{core::DeviceId::random(), "register_button", {}};
  CHECK(contracts::encode_windows(windows).empty());
  for (int i = 0; i < 3; ++i)
    windows.windows.push_back({core::ProvisioningId::random(), kTime, kTime + std::chrono::minutes(5)});
  check_schema("windows", Json::parse(contracts::encode_windows(windows)));
}

TEST_CASE("what the encoder of presses writes is in its schema up to the last index and count") {
  const std::string last = contracts::ReportId{"ffffffffffffffff", UINT64_MAX, UINT64_MAX}.str() + "#9999";
  check_schema("press", contracts::to_json(contracts::Press{last, kTime, 100}));
  check_schema("press", contracts::to_json(contracts::Press{"0000000000000000-0-0#0", kTime, 1}));
}

TEST_CASE("what the encoder of a status writes is in its schema in every state") {
  for (const char* state :
       {"waiting", "proven", "completed", "cancelled", "expired", "superseded", "locked"}) {
    contracts::ProvisioningStatus status{view(state), core::DeviceId::random(), core::UserId::random(), 7};
    check_schema("provisioning-status", contracts::to_json(status));
    status.provisioning.reason = "time_up";
    status.provisioning.presence = {"pattern", 5, 2, kTime, true};
    status.provisioning.other_press = {"GEN-2B8N-W4HC-9P", kTime};
    check_schema("provisioning-status", contracts::to_json(status));
    status.provisioning.presence.blink = contracts::BlinkQuestion{kTime, 1};
    check_schema("provisioning-status", contracts::to_json(status));
  }
}

TEST_CASE("the provisioning inside of HTTP's is read as it is in a status") {
  for (const auto& example : tests::good_examples("provisioning")) {
    INFO(example.name);
    Json message = Json::parse(example.text);
    const auto decoded = contracts::decode_provisioning(message);
    REQUIRE(decoded);
    for (const char* field : {"serverTime", "version", "device"}) message.erase(field);
    CHECK(contracts::to_json(*decoded) == message);
  }
}

TEST_CASE("changes of credentials are the golden ones") {
  const auto device = core::DeviceId::trusted("6722b1c0a4e5f60718293a4b");
  const contracts::CredentialChanges rotated{
      4713,
      {{"3c6f0d2e-8b1a-4f57-9d3e-5a7b9c1d2e3f", true},
       {"9b8a7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d", false, device,
        "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752"}}};
  for (const auto& example : tests::good_examples("credential-changes"))
    if (example.name.ends_with(".rotated")) CHECK(contracts::to_json(rotated) == Json::parse(example.text));
  const contracts::CredentialChanges limited{
      4715,
      {{"3c6f0d2e-8b1a-4f57-9d3e-5a7b9c1d2e3f",
        false,
        device,
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        {"203.0.113.0/24", "2001:db8::/32"},
        core::from_iso("2026-11-29T21:48:05.130Z")}}};
  for (const auto& example : tests::good_examples("credential-changes"))
    if (example.name.ends_with(".limited")) CHECK(contracts::to_json(limited) == Json::parse(example.text));
  contracts::CredentialChange of_integration{"3c6f0d2e-8b1a-4f57-9d3e-5a7b9c1d2e3f"};
  of_integration.integration_id = core::IntegrationId::trusted("70000000000000000000000a");
  of_integration.secret_hash_hex = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
  for (const auto& example : tests::good_examples("credential-changes"))
    if (example.name.ends_with(".integration"))
      CHECK(contracts::to_json(contracts::CredentialChanges{4716, {of_integration}}) ==
            Json::parse(example.text));
  check_schema("credential-changes", contracts::to_json(rotated));
  check_schema("credential-changes", contracts::to_json(contracts::CredentialChanges{}));
}

TEST_CASE("control messages of the journal are in their schema") {
  check_schema("journal-control", Json::parse(contracts::encode_journal_hello()));
  check_schema("journal-control", Json::parse(contracts::encode_journal_spooled({})));
  const contracts::SpooledRange range{"0123456789abcdef", 7, 0, 4095};
  check_schema("journal-control", Json::parse(contracts::encode_journal_spooled({range, range})));
  const contracts::SpooledRange largest{"0123456789abcdef", INT64_MAX, INT64_MAX, INT64_MAX};
  check_schema("journal-control", Json::parse(contracts::encode_journal_spooled({largest})));
}

TEST_CASE("commands are in their schema, their time with milliseconds even when there are none") {
  const auto whole_second = *core::from_iso("2026-11-22T21:48:05Z");
  for (const Json& payload : {Json(), Json(false), Json(0), Json("x"), Json::array(), Json{{"times", 3}}}) {
    const Json command = Json::parse(contracts::encode_command("identify", payload, whole_second));
    check_schema("command", command);
    CHECK(command["time"]["$date"] == "2026-11-22T21:48:05.000Z");
    CHECK(command.contains("payload") == !payload.is_null());
  }
}

TEST_CASE("errors of replies are in their schema, and read back as they were") {
  core::Error busy = core::conflict("Someone else is provisioning this device just now.", "device_busy");
  busy.retry_after = std::chrono::seconds(117);
  for (const core::Error& error :
       {core::invalid("Some fields are not right.", {{"name", "required", "a name is needed"}}),
        core::unauthorized(), core::not_found(), busy, core::expired("Too late.", "token_expired"),
        core::throttled("Wait.", std::chrono::seconds(60)), core::unavailable("Away."),
        core::internal("Broken.")})
    check_schema("rpc-reply", {{"error", contracts::to_json(error)}});
  for (const auto& example : tests::good_examples("rpc-reply")) {
    INFO(example.name);
    const Json reply = Json::parse(example.text);
    if (reply.contains("error"))
      CHECK(contracts::to_json(contracts::error_from_json(reply["error"])) == reply["error"]);
  }
}
