// SPDX-License-Identifier: Apache-2.0
#include "outbound/events.hpp"

#include <algorithm>

#include "contracts/topics.hpp"

namespace turnkey::registry {
namespace {

namespace topics = contracts::topics;
constexpr auto kSendTimeout = std::chrono::seconds(3);
constexpr const char* kDevice = "device_event";
constexpr const char* kUser = "user_event";
constexpr const char* kCredentials = "credentials";
constexpr const char* kIntegration = "integration_event";

std::string topic_of(const pg::OutboxEntry& entry) {
  if (entry.kind == kDevice) return topics::device_event(core::DeviceId::trusted(entry.key));
  if (entry.kind == kIntegration) return topics::integration_events(core::IntegrationId::trusted(entry.key));
  if (entry.kind == kUser) return topics::user_event(core::UserId::trusted(entry.key));
  return std::string(topics::kControlCredentials);
}

// The tag names an attribute; what the device does not declare says nothing.
std::string fault_attribute_of(const Device& device, const Recipe& recipe) {
  const auto tag = device.tags.find("fault_attribute");
  if (tag == device.tags.end()) return {};
  const bool declared = std::any_of(recipe.attributes.begin(), recipe.attributes.end(),
                                    [&](const auto& attribute) { return attribute.name == tag->second; });
  return declared ? tag->second : std::string();
}

}  // namespace

contracts::DeviceEvent device_event(const Device& device, const Recipe& recipe, std::string event,
                                    core::Timestamp at) {
  contracts::DeviceEvent message;
  message.device_id = device.id;
  message.serial = device.serial;
  message.revision = device.revision;
  message.event = std::move(event);
  message.at = at;
  message.recipe_id = device.recipe_id;
  message.group_id = device.group_id;
  message.group_path = device.group_path;
  message.provisioned_at = device.provisioned_at;
  message.attributes = recipe.attributes;
  message.register_attribute = recipe.register_attribute;
  message.fault_attribute = fault_attribute_of(device, recipe);
  return message;
}

contracts::DeviceEvent deletion_event(const pg_deletions::Deletion& deletion) {
  contracts::DeviceEvent message;
  message.device_id = deletion.device_id;
  message.serial = deletion.serial;
  message.revision = deletion.revision;
  message.event = "deleted";
  message.at = deletion.at;
  message.recipe_id = deletion.recipe_id;
  message.register_attribute = deletion.register_attribute;
  return message;
}

namespace events {

void device_changed(pqxx::work& tx, const contracts::DeviceEvent& event) {
  pg::write_outbox(tx, kDevice, event.device_id.str(), contracts::to_json(event).dump());
}

void user_changed(pqxx::work& tx, const core::UserId& user, std::string event, core::Timestamp at) {
  pg::write_outbox(tx, kUser, user.str(),
                   contracts::to_json(contracts::UserEvent{user, at, std::move(event)}).dump());
}

void credentials_changed(pqxx::work& tx, const contracts::CredentialChanges& changes) {
  // One key for all: they are applied in the order of their revisions.
  pg::write_outbox(tx, kCredentials, kCredentials, contracts::to_json(changes).dump());
}

void group_moved(pqxx::work& tx, const core::GroupId& group, const MovePosition& after) {
  pg::write_outbox(
      tx, kGroupMoved, "group " + group.str(),
      contracts::Json{
          {"groupId", group.str()}, {"afterGroup", after.group.str()}, {"afterDevice", after.device.str()}}
          .dump());
}

}  // namespace events

bool EventSender::send(const pg::OutboxEntry& entry) {
  // All changes of credentials have this key, those of batches too.
  if (entry.key == kCredentials && broker_ != contracts::BrokerKind::turnkey) return true;
  if (BatchAnnouncer::knows(entry.kind)) return batches_.send(entry);
  bus::Publication publication;
  publication.topic = topic_of(entry);
  publication.payload = entry.payload;
  return client_.publish_and_wait(publication, kSendTimeout);
}

}  // namespace turnkey::registry
