// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "contracts/topics.hpp"
#include "inbound/json.hpp"
#include "inbound/rpc_methods.hpp"
#include "inbound/rpc_shapes.hpp"
#include "outbound/integration_events.hpp"

namespace turnkey::registry {
namespace {

using contracts::Json;
using contracts::ObjectReader;
using core::Result;

constexpr std::size_t kMostEvents = 6;

std::vector<EventType> read_events(ObjectReader& in) {
  std::vector<EventType> types;
  const Json* list = in.array("events", kMostEvents);
  if (list == nullptr) return types;
  for (const Json& item : *list) {
    const auto type = item.is_string() ? event_type_from(item.get<std::string>()) : std::nullopt;
    if (!type) {
      in.wrong("events", "unknown", "types of events like device.provisioned are needed");
      return {};
    }
    if (std::find(types.begin(), types.end(), *type) == types.end()) types.push_back(*type);
  }
  if (types.empty()) in.wrong("events", "required", "at least one type of event is needed");
  return types;
}

// `webhook`: {"url"}, or null for none, which reads as "".
std::optional<std::string> read_webhook(ObjectReader& in, const Json& request) {
  if (!request.contains("webhook")) return std::nullopt;
  if (!in.present("webhook")) return "";
  const Json* webhook = in.object("webhook");
  if (webhook == nullptr) return std::nullopt;
  ObjectReader inside(*webhook, "webhook");
  inside.allow_only({"url"});
  auto url = inside.text("url", 1, 2048);
  for (auto& error : inside.take_errors()) in.wrong(error.field, error.code, error.message);
  return url;
}

Json reply_of(const IntegrationDependencies& d, const ShownIntegration& shown) {
  const auto& [stored, secrets] = shown;
  Json reply = {{"integration", to_json(stored)}};
  if (!secrets.mqtt_password.empty())
    reply["mqtt"] = {{"clientId", stored.integration.id.str()},
                     {"user", stored.user},
                     {"password", secrets.mqtt_password},
                     {"topic", contracts::topics::integration_events(stored.integration.id)},
                     {"host", d.broker.host},
                     {"port", d.broker.port},
                     {"tls", d.broker.tls}};
  if (!secrets.webhook_secret.empty()) reply["webhookSecret"] = secrets.webhook_secret;
  return reply;
}

Result<Json> on_list_integrations(const IntegrationDependencies& d, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"actor"});
  const auto actor = read_actor(in);
  if (!in.ok()) return in.error();
  return items_reply(list_integrations(d.tools.context, actor));
}

Result<Json> on_create_integration(const IntegrationDependencies& d, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"actor", "name", "groupId", "events", "webhook"});
  const auto actor = read_actor(in);
  NewIntegration wanted;
  wanted.name = in.text("name", 1, 100);
  wanted.group_id = in.optional_id<core::GroupId>("groupId");
  wanted.events = read_events(in);
  wanted.webhook_url = read_webhook(in, request);
  if (wanted.webhook_url == "") wanted.webhook_url.reset();
  if (!in.ok()) return in.error();
  const auto made = create_integration(d.tools, actor, wanted);
  if (!made) return made.error();
  return reply_of(d, *made);
}

Result<Json> on_update_integration(const IntegrationDependencies& d, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"actor", "id", "name", "events", "webhook"});
  const auto actor = read_actor(in);
  IntegrationEdit edit;
  edit.id = in.id<core::IntegrationId>("id");
  edit.name = in.optional_text("name", 1, 100);
  if (in.present("events")) edit.events = read_events(in);
  edit.webhook_url = read_webhook(in, request);
  if (!in.ok()) return in.error();
  const auto changed = update_integration(d.tools, actor, edit);
  if (!changed) return changed.error();
  return reply_of(d, *changed);
}

Result<Json> on_rotate_integration(const IntegrationDependencies& d, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"actor", "id"});
  const auto actor = read_actor(in);
  const auto id = in.id<core::IntegrationId>("id");
  if (!in.ok()) return in.error();
  const auto rotated = rotate_integration(d.tools, actor, id);
  if (!rotated) return rotated.error();
  return reply_of(d, *rotated);
}

Result<Json> on_delete_integration(const IntegrationDependencies& d, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"actor", "id"});
  const auto actor = read_actor(in);
  const auto id = in.id<core::IntegrationId>("id");
  if (!in.ok()) return in.error();
  return empty_reply(delete_integration(d.tools.context, actor, id));
}

Result<Json> on_list_deliveries(const IntegrationDependencies& d, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"actor", "id", "cursor", "limit"});
  const auto actor = read_actor(in);
  const auto id = in.id<core::IntegrationId>("id");
  const auto before = read_cursor(in);
  const auto limit = static_cast<int>(in.optional_integer("limit", 1, 200).value_or(50));
  if (!in.ok()) return in.error();
  return page_reply(list_deliveries(d.tools.context, actor, id, before, limit));
}

// Of telemetry-ingest: not by a person.
Result<Json> on_device_faulted(const IntegrationDependencies& d, const Json& request) {
  const auto fault = contracts::decode_fault(request);
  if (!fault) return fault.error();
  const Context& context = d.tools.context;
  change(context, [&](pqxx::work& tx) {
    events::faulted(tx, *fault, context.clock.now());
    return core::Done{};
  });
  return Json::object();
}

}  // namespace

void add_integration_methods(bus::RpcServer& server, const IntegrationDependencies& dependencies) {
  static constexpr Method<IntegrationDependencies> kMethods[] = {
      {"list_integrations", on_list_integrations},   {"create_integration", on_create_integration},
      {"update_integration", on_update_integration}, {"rotate_integration", on_rotate_integration},
      {"delete_integration", on_delete_integration}, {"list_deliveries", on_list_deliveries},
      {"device_faulted", on_device_faulted},
  };
  add_methods(server, kMethods, dependencies);
}

}  // namespace turnkey::registry
