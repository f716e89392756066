// SPDX-License-Identifier: Apache-2.0
#include "inbound/json.hpp"

#include <map>
#include <set>

#include "domain/tags.hpp"

namespace turnkey::registry {
namespace {

using contracts::Json;

Json optional_text(const std::optional<std::string>& text) { return text ? Json(*text) : Json(nullptr); }

template <typename IdType>
Json optional_id(const std::optional<IdType>& id) {
  return id ? Json(id->str()) : Json(nullptr);
}

Json with_children(const Group& group, const std::map<core::GroupId, std::vector<const Group*>>& below) {
  Json json = to_json(group);
  const auto it = below.find(group.id);
  if (it != below.end())
    for (const Group* child : it->second) json["children"].push_back(with_children(*child, below));
  return json;
}

}  // namespace

Json optional_time(const std::optional<core::Timestamp>& time) {
  return time ? Json(core::to_iso(*time)) : Json(nullptr);
}

Json to_json(const User& user) {
  Json groups = Json::array();
  for (const auto& id : user.group_ids) groups.push_back(id.str());
  return {{"id", user.id.str()},          {"email", user.email},        {"name", user.name},
          {"role", to_string(user.role)}, {"tags", to_json(user.tags)}, {"groupIds", groups}};
}

// Field by field: an installation's tree has thousands of groups, and a list of pairs would copy each of
// them.
Json to_json(const Group& group) {
  Json json = Json::object();
  json["id"] = group.id.str();
  json["name"] = group.name;
  json["parentId"] = optional_id(group.parent_id);
  json["leaf"] = group.leaf;
  json["deviceCount"] = group.device_count;
  json["connectedCount"] = group.connected_count;
  json["children"] = Json::array();
  return json;
}

Json tree_of(const std::vector<Group>& groups) {
  std::set<core::GroupId> present;
  for (const auto& group : groups) present.insert(group.id);
  std::map<core::GroupId, std::vector<const Group*>> below;
  std::vector<const Group*> roots;
  for (const auto& group : groups) {
    const bool has_parent = group.parent_id && present.count(*group.parent_id) != 0;
    (has_parent ? below[*group.parent_id] : roots).push_back(&group);
  }
  Json items = Json::array();
  for (const Group* root : roots) {
    items.push_back(with_children(*root, below));
    items.back()["parentId"] = nullptr;  // what lies above is not the reader's to know
  }
  return items;
}

Json to_json(const Device& device) {
  return {{"serial", device.serial},
          {"deviceId", device.id.str()},
          {"name", device.name},
          {"recipeId", device.recipe_id.str()},
          {"model", optional_text(device.model)},
          {"groupId", optional_id(device.group_id)},
          {"tags", to_json(device.tags)},
          {"connected", device.connected},
          {"provisionedAt", optional_time(device.provisioned_at)}};
}

Json to_json(const LedgerPage& page) {
  Json items = Json::array();
  for (const auto& [line, actor] : page.items) {
    const Json content = Json::parse(line.line);
    Json item = {{"seq", line.seq},       {"at", content["at"]},
                 {"act", content["act"]}, {"detail", content["detail"]},
                 {"hash", line.hash_hex}, {"actor", nullptr}};
    item["detail"].erase("salt");  // means nothing to people
    if (content.contains("deviceId")) item["deviceId"] = content["deviceId"];
    if (content.contains("serial")) item["serial"] = content["serial"];
    if (actor) item["actor"] = {{"name", actor->name}, {"email", actor->email}};
    items.push_back(std::move(item));
  }
  return {{"items", items}, {"nextCursor", optional_text(page.next_cursor)}};
}

Json to_json(const ShownCredential& shown) {
  const DeviceCredential& credential = shown.credential;
  Json allowed = Json::array();
  for (const auto& range : credential.allowed_addresses) allowed.push_back(range.str());
  Json json = {{"accessKey", credential.access_key},
               {"state", shown.state},
               {"createdAt", core::to_iso(credential.created_at)},
               {"allowedAddresses", allowed}};
  if (credential.valid_until) json["validUntil"] = core::to_iso(*credential.valid_until);
  if (shown.creator) json["createdBy"] = {{"name", shown.creator->name}, {"email", shown.creator->email}};
  return json;
}

Json to_json(const pg_releases::Undoable& release) {
  return {{"serial", release.serial},
          {"name", release.name},
          {"groupName", release.group_name},
          {"releasedAt", core::to_iso(release.released_at)},
          {"undoUntil", core::to_iso(release.undo_until)}};
}

Json to_json(const ShownConsent& consent) {
  const auto& [request, serial, device_name, group_name, requester_name, requester_email] = consent.shown;
  return {{"id", request.id.str()},
          {"serial", serial},
          {"deviceName", device_name},
          {"groupName", group_name},
          {"requester", {{"name", requester_name}, {"email", requester_email}}},
          {"note", request.note},
          {"askedAt", core::to_iso(request.asked_at)},
          {"state", consent.state},
          {"grantedUntil", optional_time(request.granted_until)}};
}

// Whose it is now is nobody's business who had it before, unless they said themselves who may take it.
Json to_json(const pg_notices::Notice& notice) {
  Json json = {{"id", notice.id.str()},         {"kind", notice.kind},
               {"serial", notice.serial},       {"deviceName", notice.device_name},
               {"at", core::to_iso(notice.at)}, {"read", notice.read}};
  if (notice.agreed)
    json["agreed"] = {{"with", {{"name", notice.agreed->name}, {"email", notice.agreed->email}}},
                      {"at", core::to_iso(notice.agreed->at)}};
  return json;
}

Json to_json(const pg_registration::Key& key) {
  return {{"kid", key.id.str()},
          {"createdAt", core::to_iso(key.created_at)},
          {"state", key.active() ? "active" : "retired"}};
}

Json to_json(const pg_registration::Token& token) {
  Json json = {{"id", token.id.str()},
               {"kid", token.key_id.str()},
               {"recipeId", token.recipe_id.str()},
               {"name", token.name},
               {"serialPattern", token.serial_pattern},
               {"uses", token.uses},
               {"used", token.used},
               {"createdAt", core::to_iso(token.created_at)},
               {"expiresAt", core::to_iso(token.expires_at)}};
  if (token.revoked_at) json["revokedAt"] = core::to_iso(*token.revoked_at);
  return json;
}

Json to_json(const DeviceBroker& broker) {
  Json json = {{"host", broker.host}, {"port", broker.port}, {"tls", broker.tls}};
  if (!broker.ca_pem.empty()) json["ca"] = broker.ca_pem;
  return json;
}

Json to_json(const SelfRegistered& made, const DeviceBroker& broker) {
  return {{"deviceId", made.device_id.str()},
          {"accessKey", made.credentials.access_key},
          {"accessSecret", made.credentials.access_secret},
          {"broker", to_json(broker)}};
}

Json to_json(const pg_integrations::Stored& stored) {
  const Integration& integration = stored.integration;
  Json types = Json::array();
  for (const auto type : integration.events) types.push_back(to_string(type));
  Json json = {{"id", integration.id.str()},
               {"name", integration.name},
               {"groupId", optional_id(integration.group_id)},
               {"events", types},
               {"webhook", nullptr},
               {"mqttUser", stored.user},
               {"createdAt", core::to_iso(integration.created_at)}};
  if (integration.webhook_url)
    json["webhook"] = {
        {"url", *integration.webhook_url}, {"waiting", stored.waiting}, {"givenUp", stored.given_up}};
  return json;
}

Json to_json(const pg_deliveries::Shown& delivery) {
  const bool given_up = !delivery.next_attempt_at;
  return {{"eventId", delivery.event_id},
          {"type", delivery.type},
          {"serial", delivery.serial},
          {"at", core::to_iso(delivery.created_at)},
          {"state", given_up ? "given_up" : "waiting"},
          {"attempts", delivery.attempts},
          {"lastAttemptAt", optional_time(delivery.last_attempt_at)},
          {"nextAttemptAt", optional_time(delivery.next_attempt_at)},
          {"lastError", delivery.last_error}};
}

}  // namespace turnkey::registry
