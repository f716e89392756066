// SPDX-License-Identifier: Apache-2.0
// What the registry's replies show, against the schemas; recipes in both directions.
#include <catch2/catch.hpp>

#include "core/random.hpp"
#include "documents.hpp"
#include "domain/recipe.hpp"
#include "inbound/json.hpp"
#include "outbound/events.hpp"
#include "outbound/integration_events.hpp"
#include "service/health.hpp"

using namespace turnkey;
using tests::Json;

namespace {

const core::Timestamp kTime = *core::from_iso("2026-11-22T21:48:05.130Z");

void check_schema(const std::string& schema, const Json& message) {
  INFO(message.dump());
  CHECK(tests::schemas().refusal(schema, message) == "");
}

registry::Device device_of_nobody() {
  registry::Device device;
  device.id = core::DeviceId::random();
  device.serial = "GEN-7K3M-Q9XT-4Z";
  device.name = device.serial;
  device.recipe_id = core::RecipeId::random();
  return device;
}

registry::Group group(const std::string& name, const registry::Group* parent) {
  registry::Group group;
  group.id = core::GroupId::random();
  group.name = name;
  if (parent != nullptr) group.parent_id = parent->id;
  return group;
}

}  // namespace

TEST_CASE("golden recipes are read and shown again as they were") {
  for (const auto& example : tests::good_examples("recipe")) {
    INFO(example.name);
    const Json given = Json::parse(example.text);
    auto recipe = registry::read_recipe(given);
    REQUIRE(recipe);
    recipe->id = core::RecipeId::trusted(given["id"].get<std::string>());
    CHECK(registry::to_json(*recipe) == given);
  }
}

TEST_CASE("recipes to be refused are refused with the field that is wrong") {
  for (const auto& example : tests::refused_examples("recipe")) {
    INFO(example.name);
    const auto recipe = registry::read_recipe(Json::parse(example.text));
    REQUIRE_FALSE(recipe);
    CHECK(recipe.error().code == core::ErrorCode::invalid);
    CHECK_FALSE(recipe.error().fields.empty());
  }
}

TEST_CASE("a recipe of a name and attributes alone is completed by what its schema asks for") {
  auto recipe = registry::read_recipe({{"name", "Smallest"}, {"attributes", Json::array()}});
  REQUIRE(recipe);
  recipe->id = core::RecipeId::random();
  check_schema("recipe", registry::to_json(*recipe));
}

TEST_CASE("models are shown as their schema has them") {
  for (const auto& example : tests::good_examples("recipe")) {
    const auto recipe = registry::read_recipe(Json::parse(example.text));
    REQUIRE(recipe);
    for (const Json& model : registry::to_json(recipe->models)) check_schema("model", model);
  }
}

TEST_CASE("users are shown as their schema has them, whatever their role") {
  for (const auto role : {registry::Role::viewer, registry::Role::technician, registry::Role::admin,
                          registry::Role::operator_}) {
    registry::User user;
    user.id = core::UserId::random();
    user.email = "ann@sadler-isberg.example";
    user.name = "Ann";
    user.role = role;
    check_schema("user", registry::to_json(user));
    user.tags = {{"phone", "+46 8 123"}};
    user.group_ids = {core::GroupId::random(), core::GroupId::random()};
    check_schema("user", registry::to_json(user));
  }
}

TEST_CASE("groups are shown as a tree that its schema takes, roots without what lies above them") {
  const auto above = group("Tekton Health", nullptr);
  auto region = group("North", &above);
  region.leaf = false;
  const auto leaf = group("Hospital", &region);
  const Json items = registry::tree_of({region, leaf});
  REQUIRE(items.size() == 1);
  check_schema("group", items[0]);
  CHECK(items[0]["parentId"].is_null());
  CHECK(items[0]["children"].size() == 1);
  check_schema("group", registry::to_json(leaf));
}

TEST_CASE("devices are shown as their schema has them, owned or not") {
  auto device = device_of_nobody();
  check_schema("device", registry::to_json(device));
  device.model = "kd-60";
  device.group_id = core::GroupId::random();
  device.provisioned_at = kTime;
  device.connected = true;
  device.tags = {{"line", "kanarra"}};
  check_schema("device", registry::to_json(device));
}

TEST_CASE("releases that can be taken back are shown as their schema has them") {
  check_schema("release",
               registry::to_json(registry::pg_releases::Undoable{core::DeviceId::random(), "GEN-7K3M-Q9XT-4Z",
                                                                 "Roof", "Hospital", kTime, kTime}));
}

TEST_CASE("requests for consent and notices are shown as their schemas have them, whatever their state") {
  registry::ShownConsent consent;
  auto& shown = consent.shown;
  shown.request.id = registry::ConsentRequestId::random();
  shown.request.asked_at = kTime;
  shown.serial = "GEN-7K3M-Q9XT-4Z";
  shown.device_name = "Roof";
  shown.group_name = "Hospital";
  shown.requester_name = "Tom";
  shown.requester_email = "tom@tekton-health.example";
  const auto check = [&](core::Timestamp now) {
    consent.state = shown.request.shown_state(now);
    check_schema("consent-request", registry::to_json(consent));
  };
  check(kTime);
  shown.request.grant(kTime);
  check(kTime);
  check(kTime + registry::kConsentLasts);
  shown.request.decline(kTime);
  check(kTime);
  registry::pg_notices::Notice notice{registry::NoticeId::random(), registry::pg_notices::kTakenOver,
                                      "GEN-7K3M-Q9XT-4Z", "Roof", kTime};
  check_schema("notice", registry::to_json(notice));
  notice.agreed = registry::pg_notices::AgreedShown{"Tom", "tom@tekton-health.example", kTime};
  check_schema("notice", registry::to_json(notice));
}

TEST_CASE("the event of a deletion is in its schema") {
  registry::pg_deletions::Deletion deletion;
  deletion.device_id = core::DeviceId::random();
  deletion.serial = "GEN-7K3M-Q9XT-4Z";
  deletion.recipe_id = core::RecipeId::random();
  deletion.register_attribute = "register_button";
  deletion.revision = 7;
  deletion.at = kTime;
  check_schema("device-event", contracts::to_json(registry::deletion_event(deletion)));
}

TEST_CASE("what integrations hear is in its schema, of every type, of devices in a group and in none") {
  auto device = device_of_nobody();
  registry::Occurrence occurrence{{registry::EventType::registered, device}, kTime, "7"};
  check_schema("integration-event", registry::to_json(occurrence));
  device.model = "kd-60";
  device.group_id = core::GroupId::random();
  occurrence.announcement.device = device;
  for (const auto type : {registry::EventType::provisioned, registry::EventType::released,
                          registry::EventType::connected, registry::EventType::disconnected}) {
    occurrence.announcement.type = type;
    check_schema("integration-event", registry::to_json(occurrence));
  }
  occurrence.data = {{"reason", "taken_over"}};
  check_schema("integration-event", registry::to_json(occurrence));
  occurrence.announcement.type = registry::EventType::faulted;
  for (const nlohmann::json& value : {nlohmann::json(1), nlohmann::json("E17"), nlohmann::json(3.5)}) {
    occurrence.data = {{"attribute", "errorState"}, {"value", value}};
    check_schema("integration-event", registry::to_json(occurrence));
  }
}

TEST_CASE("the same told again is the same event, and another one is another") {
  const registry::Occurrence first{{registry::EventType::provisioned, device_of_nobody()}, kTime, "7"};
  auto other = first;
  CHECK(registry::to_json(first)["id"] == registry::to_json(other)["id"]);
  other.once = "8";
  CHECK(registry::to_json(first)["id"] != registry::to_json(other)["id"]);
  other = first;
  other.announcement.type = registry::EventType::released;
  CHECK(registry::to_json(first)["id"] != registry::to_json(other)["id"]);
}

TEST_CASE("integrations and deliveries are shown as their schemas have them, and never a secret") {
  registry::pg_integrations::Stored stored;
  stored.integration = {
      core::IntegrationId::random(), "Maintenance", std::nullopt, {registry::EventType::connected}};
  stored.user = core::random_uuid();
  check_schema("integration", registry::to_json(stored));
  stored.integration.group_id = core::GroupId::random();
  stored.integration.webhook_url = "https://hooks.example/turnkey";
  stored.webhook_secret_sealed = "sealed";
  check_schema("integration", registry::to_json(stored));
  CHECK(registry::to_json(stored).dump().find("sealed") == std::string::npos);
  registry::pg_deliveries::Shown delivery;
  delivery.event_id = "evt_" + std::string(32, '0');
  delivery.type = "device.released";
  delivery.serial = "GEN-7K3M-Q9XT-4Z";
  check_schema("webhook-delivery", registry::to_json(delivery));
  delivery.next_attempt_at = delivery.last_attempt_at = kTime;
  check_schema("webhook-delivery", registry::to_json(delivery));
}

TEST_CASE("a page of the ledger is shown as its schema has it") {
  registry::LedgerEntry entry;
  entry.act = "device.assigned";
  entry.at = kTime;
  entry.detail = {{"model", "kd-60"}};
  registry::User actor;
  actor.name = "Ann";
  actor.email = "ann@sadler-isberg.example";
  registry::LedgerPage page;
  page.items.push_back({{42, registry::canonical_line(42, entry), std::string(64, 'a')}, actor});
  page.items.push_back({{41, registry::canonical_line(41, entry), std::string(64, 'b')}, std::nullopt});
  check_schema("ledger-page", registry::to_json(page));
  page.next_cursor = "41";
  check_schema("ledger-page", registry::to_json(page));
  check_schema("ledger-page", registry::to_json(registry::LedgerPage{}));
}

TEST_CASE(
    "keys of devices are shown as their schema has them, with and without limits, and without their hash") {
  registry::ShownCredential shown;
  shown.credential.access_key = core::random_uuid();
  shown.credential.secret_hash_hex = std::string(64, 'a');
  shown.credential.created_at = kTime;
  for (const char* state : {"active", "disabled", "expired", "revoked"}) {
    shown.state = state;
    check_schema("credential", registry::to_json(shown));
  }
  shown.credential.valid_until = kTime;
  shown.credential.allowed_addresses = {*core::AddressRange::parse("203.0.113.7"),
                                        *core::AddressRange::parse("::/0"),
                                        *core::AddressRange::parse("2001:db8::ff00:0:0/96")};
  shown.creator = registry::User{};
  const Json json = registry::to_json(shown);
  check_schema("credential", json);
  CHECK(json.dump().find(shown.credential.secret_hash_hex) == std::string::npos);
}

TEST_CASE("registration tokens and keys are shown as their schemas have them, without what is secret") {
  registry::pg_registration::Key key;
  key.id = registry::RegistrationKeyId::random();
  key.created_at = kTime;
  check_schema("registration-key", registry::to_json(key));
  key.private_sealed = "sealed";
  check_schema("registration-key", registry::to_json(key));
  registry::pg_registration::Token token;
  token.id = registry::RegistrationTokenId::random();
  token.key_id = key.id;
  token.recipe_id = core::RecipeId::random();
  token.name = "Line 2";
  token.serial_pattern = "GEN-*";
  token.uses = 5;
  token.created_at = kTime;
  token.expires_at = kTime + std::chrono::hours(1);
  check_schema("registration-token", registry::to_json(token));
  token.revoked_at = kTime;
  check_schema("registration-token", registry::to_json(token));
}

TEST_CASE("what a device gets that registered itself is shown as its schema has it") {
  registry::SelfRegistered made{core::DeviceId::random(), {core::random_uuid(), core::random_hex(32)}};
  registry::DeviceBroker broker{"turnkey.example", 8883, true, ""};
  check_schema("registration", registry::to_json(made, broker));
  broker.ca_pem = "-----BEGIN CERTIFICATE-----\n";
  check_schema("registration", registry::to_json(made, broker));
}

TEST_CASE("what a service says of itself is as its schema has it") {
  service::Settings settings;
  settings.name = "registry";
  settings.instance = "1";
  settings.bus.host = "broker";
  settings.database = "host=database dbname=turnkey password='x'";
  settings.log_level = "debug";
  service::Metrics metrics;
  service::InternalPort internal("127.0.0.1", 0, metrics);
  internal.readiness("database", [] { return "The database does not answer."; });
  const core::SystemClock clock;
  service::Health health(settings, internal, clock);
  health.unsafe("every_proxy_trusted");
  health.fact("database", [] { return service::json_of({1, 2, 3, std::chrono::milliseconds(4)}); });
  health.fact("deviceBroker", [] { return registry::to_json(registry::DeviceBroker{"turnkey.example"}); });
  health.fact("spool", [] {
    auto room = service::room_of("/");
    room["bytes"] = 1;
    room["limitBytes"] = 2;
    return room;
  });
  health.fact("outbox", []() -> Json { throw std::runtime_error("no fact"); });
  const Json report = health.report();
  check_schema("service-health", report);
  CHECK(report["unsafe"].size() == 4);
  CHECK(report["down"] == Json{{"database", "The database does not answer."}});
  CHECK_FALSE(report.contains("outbox"));
}
