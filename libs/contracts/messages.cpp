// SPDX-License-Identifier: Apache-2.0
#include "contracts/messages.hpp"

#include <fmt/format.h>

#include <charconv>

namespace turnkey::contracts {
namespace {

// Parses the payload and hands a reader to `read`; what `read` returns counts only when no field was wrong.
template <typename Message, typename Read>
core::Result<Message> decode(std::string_view payload, Read&& read) {
  auto json = parse_json(payload);
  if (!json) return std::move(json).error();
  ObjectReader in(*json);
  Message message = read(in);
  if (!in.ok()) return in.error();
  return message;
}

template <typename IdType>
std::vector<IdType> read_ids(ObjectReader& in, const char* name) {
  std::vector<IdType> ids;
  const Json* list = in.optional_array(name, 64);
  if (list == nullptr) return ids;
  for (const Json& item : *list) {
    const auto id = item.is_string() ? IdType::parse(item.get_ref<const std::string&>()) : std::nullopt;
    if (id) {
      ids.push_back(*id);
    } else {
      in.wrong(name, "malformed", "ids of 24 lower-case hex characters are needed");
    }
  }
  return ids;
}

std::optional<BlinkQuestion> read_blink(ObjectReader& outer) {
  const Json* json = outer.optional_object("blink");
  if (json == nullptr) return std::nullopt;
  ObjectReader in(*json, "blink");
  const BlinkQuestion question{in.time("askedAt"), static_cast<int>(in.integer("tries", 1, 100))};
  for (auto& error : in.take_errors()) outer.wrong(error.field, error.code, error.message);
  return question;
}

PresenceProof read_proof(const Json& json, ObjectReader& outer) {
  ObjectReader in(json, "presence");
  PresenceProof proof;
  proof.policy = in.text("policy", 1, 16);
  proof.required_presses = static_cast<int>(in.integer("requiredPresses", 0, 100));
  proof.presses = static_cast<int>(in.integer("presses", 0, 1'000'000));
  proof.proven_at = in.optional_time("provenAt");
  proof.contended = in.optional_boolean("contended").value_or(false);
  proof.blink = read_blink(in);
  for (auto& error : in.take_errors()) outer.wrong(error.field, error.code, error.message);
  return proof;
}

OtherPress read_other_press(const Json& json, ObjectReader& outer) {
  ObjectReader in(json, "otherPress");
  OtherPress press{in.text("serial", 1, 64), in.time("at")};
  for (auto& error : in.take_errors()) outer.wrong(error.field, error.code, error.message);
  return press;
}

std::optional<std::uint64_t> decimal(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Json to_json(const Presence& message) {
  Json json = {{"deviceId", message.device_id.str()},
               {"connected", message.connected},
               {"at", core::to_iso(message.at)},
               {"bootId", message.boot_id}};
  if (!message.reason.empty()) json["reason"] = message.reason;
  return json;
}

core::Result<Presence> decode_presence(std::string_view payload) {
  return decode<Presence>(payload, [](ObjectReader& in) {
    return Presence{in.id<core::DeviceId>("deviceId"), in.boolean("connected"), in.time("at"),
                    in.text("bootId", 1, 64), in.optional_text("reason", 0, 255).value_or("")};
  });
}

Json to_json(const BrokerBoot& message) {
  return {{"bootId", message.boot_id}, {"startedAt", core::to_iso(message.started_at)}};
}

core::Result<BrokerBoot> decode_broker_boot(std::string_view payload) {
  return decode<BrokerBoot>(payload, [](ObjectReader& in) {
    return BrokerBoot{in.text("bootId", 1, 64), in.time("startedAt")};
  });
}

Json to_json(const Fault& fault) {
  return {{"deviceId", fault.device_id.str()},
          {"at", core::to_iso(fault.at)},
          {"attribute", fault.attribute},
          {"value", fault.value}};
}

core::Result<Fault> decode_fault(const Json& json) {
  ObjectReader in(json);
  in.allow_only({"deviceId", "at", "attribute", "value"});
  Fault fault{in.id<core::DeviceId>("deviceId"), in.time("at"), in.text("attribute", 1, 255), nullptr};
  if (in.present("value")) fault.value = json["value"];
  if (!fault.value.is_number() && !fault.value.is_string())
    in.wrong("value", "wrong_type", "a number or a text is needed");
  if (!in.ok()) return in.error();
  return fault;
}

Json to_json(const DeviceEvent& message) {
  Json json = {{"deviceId", message.device_id.str()},
               {"serial", message.serial},
               {"revision", message.revision},
               {"at", core::to_iso(message.at)},
               {"recipeId", message.recipe_id.str()},
               {"groupPath", Json::array()},
               {"attributes", to_json(message.attributes)},
               {"registerAttribute", message.register_attribute}};
  if (!message.event.empty()) json["event"] = message.event;
  if (message.group_id) json["groupId"] = message.group_id->str();
  if (message.provisioned_at) json["provisionedAt"] = core::to_iso(*message.provisioned_at);
  if (message.taken_over_from) json["takenOverFrom"] = message.taken_over_from->str();
  if (!message.fault_attribute.empty()) json["faultAttribute"] = message.fault_attribute;
  for (const auto& group : message.group_path) json["groupPath"].push_back(group.str());
  return json;
}

core::Result<DeviceEvent> decode_device_event(const Json& json) {
  ObjectReader in(json);
  DeviceEvent event;
  event.device_id = in.id<core::DeviceId>("deviceId");
  event.serial = in.text("serial", 1, 64);
  event.revision = in.integer("revision", 0, INT64_MAX);
  event.event = in.optional_text("event", 0, 16).value_or("");
  event.at = in.time("at");
  event.recipe_id = in.id<core::RecipeId>("recipeId");
  event.group_id = in.optional_id<core::GroupId>("groupId");
  event.group_path = read_ids<core::GroupId>(in, "groupPath");
  event.provisioned_at = in.optional_time("provisionedAt");
  event.taken_over_from = in.optional_id<core::GroupId>("takenOverFrom");
  if (const Json* attributes = in.optional_array("attributes", 10'000)) {
    event.attributes = attributes_from_own_json(*attributes);
  }
  event.register_attribute = in.optional_text("registerAttribute", 0, 255).value_or("");
  event.fault_attribute = in.optional_text("faultAttribute", 0, 255).value_or("");
  if (!in.ok()) return in.error();
  return event;
}

core::Result<DeviceEvent> decode_device_event(std::string_view payload) {
  auto json = parse_json(payload);
  if (!json) return std::move(json).error();
  return decode_device_event(*json);
}

Json to_json(const UserEvent& message) {
  return {{"userId", message.user_id.str()}, {"at", core::to_iso(message.at)}, {"event", message.event}};
}

core::Result<UserEvent> decode_user_event(std::string_view payload) {
  return decode<UserEvent>(payload, [](ObjectReader& in) {
    return UserEvent{in.id<core::UserId>("userId"), in.time("at"), in.text("event", 1, 16)};
  });
}

std::string encode_windows(const Windows& message) {
  if (message.windows.empty()) return "";
  Json json = {{"deviceId", message.device_id.str()}, {"registerAttribute", message.register_attribute}};
  for (const auto& window : message.windows) {
    json["windows"].push_back({{"provisioningId", window.provisioning_id.str()},
                               {"startedAt", core::to_iso(window.started_at)},
                               {"expiresAt", core::to_iso(window.expires_at)}});
  }
  return json.dump();
}

core::Result<Windows> decode_windows(std::string_view payload) {
  return decode<Windows>(payload, [](ObjectReader& in) {
    Windows message;
    message.device_id = in.id<core::DeviceId>("deviceId");
    message.register_attribute = in.text("registerAttribute");
    const Json* list = in.array("windows", 16);
    for (const Json& item : list != nullptr ? *list : Json::array()) {
      ObjectReader window(item, "windows");
      message.windows.push_back({window.id<core::ProvisioningId>("provisioningId"), window.time("startedAt"),
                                 window.time("expiresAt")});
      for (auto& error : window.take_errors()) in.wrong(error.field, error.code, error.message);
    }
    return message;
  });
}

Json to_json(const Press& message) {
  return {{"pressId", message.press_id}, {"at", core::to_iso(message.at)}, {"count", message.count}};
}

core::Result<Press> decode_press(std::string_view payload) {
  return decode<Press>(payload, [](ObjectReader& in) {
    return Press{in.text("pressId", 1, 128), in.time("at"), static_cast<int>(in.integer("count", 1, 100))};
  });
}

Json to_json(const ProvisioningView& view) {
  Json presence = {{"policy", view.presence.policy},
                   {"requiredPresses", view.presence.required_presses},
                   {"presses", view.presence.presses},
                   {"contended", view.presence.contended}};
  presence["provenAt"] =
      view.presence.proven_at ? Json(core::to_iso(*view.presence.proven_at)) : Json(nullptr);
  if (const auto& blink = view.presence.blink)
    presence["blink"] = {{"askedAt", core::to_iso(blink->asked_at)}, {"tries", blink->tries}};
  Json json = {{"id", view.id.str()},
               {"serial", view.serial},
               {"recipeId", view.recipe_id.str()},
               {"state", view.state},
               {"startedAt", core::to_iso(view.started_at)},
               {"expiresAt", core::to_iso(view.expires_at)},
               {"presence", std::move(presence)}};
  if (!view.reason.empty()) json["reason"] = view.reason;
  if (view.other_press)
    json["otherPress"] = {{"serial", view.other_press->serial}, {"at", core::to_iso(view.other_press->at)}};
  return json;
}

core::Result<ProvisioningView> decode_provisioning(const Json& json) {
  ObjectReader in(json);
  ProvisioningView view;
  view.id = in.id<core::ProvisioningId>("id");
  view.serial = in.text("serial", 1, 64);
  view.recipe_id = in.id<core::RecipeId>("recipeId");
  view.state = in.text("state", 1, 16);
  view.started_at = in.time("startedAt");
  view.expires_at = in.time("expiresAt");
  view.reason = in.optional_text("reason", 0, 64).value_or("");
  if (const Json* presence = in.object("presence")) view.presence = read_proof(*presence, in);
  if (const Json* other = in.optional_object("otherPress")) view.other_press = read_other_press(*other, in);
  if (!in.ok()) return in.error();
  return view;
}

Json to_json(const ProvisioningStatus& message) {
  Json json = to_json(message.provisioning);
  json["deviceId"] = message.device_id.str();
  json["userId"] = message.user_id.str();
  json["version"] = message.version;
  return json;
}

core::Result<ProvisioningStatus> decode_provisioning_status(std::string_view payload) {
  auto json = parse_json(payload);
  if (!json) return std::move(json).error();
  auto provisioning = decode_provisioning(*json);
  if (!provisioning) return std::move(provisioning).error();
  ObjectReader in(*json);
  ProvisioningStatus status{std::move(*provisioning), in.id<core::DeviceId>("deviceId"),
                            in.id<core::UserId>("userId"), in.integer("version", 0, INT64_MAX)};
  if (!in.ok()) return in.error();
  return status;
}

Json to_json(const CredentialChanges& message) {
  Json json = {{"revision", message.revision}, {"changes", Json::array()}};
  for (const auto& change : message.changes) {
    Json item = {{"accessKey", change.access_key}};
    if (change.revoked) {
      item["revoked"] = true;
    } else {
      if (change.integration_id) {
        item["integrationId"] = change.integration_id->str();
      } else {
        item["deviceId"] = change.device_id.str();
      }
      item["secretHash"] = change.secret_hash_hex;
      if (!change.allowed_addresses.empty()) item["allowedAddresses"] = change.allowed_addresses;
      if (change.valid_until) item["validUntil"] = core::to_iso(*change.valid_until);
    }
    json["changes"].push_back(std::move(item));
  }
  return json;
}

std::string encode_journal_hello() { return R"({"hello":true})"; }

std::string encode_journal_spooled(const std::vector<SpooledRange>& ranges) {
  Json json = {{"spooled", Json::array()}};
  for (const auto& range : ranges) {
    json["spooled"].push_back(
        {{"journal", range.journal}, {"segment", range.segment}, {"from", range.from}, {"to", range.to}});
  }
  return json.dump();
}

std::optional<ReportId> ReportId::parse(std::string_view text) {
  const auto first = text.find('-');
  const auto second = first == std::string_view::npos ? first : text.find('-', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto journal = text.substr(0, first);
  const auto segment = decimal(text.substr(first + 1, second - first - 1));
  const auto index = decimal(text.substr(second + 1));
  const bool hex =
      journal.size() == 16 && journal.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (!hex || !segment || !index) return std::nullopt;
  return ReportId{std::string(journal), *segment, *index};
}

std::string ReportId::str() const { return fmt::format("{}-{}-{}", journal, segment, index); }

std::string encode_command(std::string_view name, const Json& payload, core::Timestamp time) {
  Json json = {{"name", name}, {"time", {{"$date", core::to_iso(time)}}}};
  if (!payload.is_null()) json["payload"] = payload;
  return json.dump();
}

}  // namespace turnkey::contracts
