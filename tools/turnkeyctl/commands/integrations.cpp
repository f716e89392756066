// SPDX-License-Identifier: Apache-2.0
// integrations list, create, edit, rotate, delete, deliveries: other systems that hear of devices.
#include "commands/secrets.hpp"

namespace turnkey::ctl {
namespace {

const std::vector<std::string> kEvents = {"registered", "provisioned",  "released",
                                          "connected",  "disconnected", "faulted"};

struct Integration {
  std::string id;
  std::string name;
  std::string group;
  std::vector<std::string> events;
  std::string webhook;
  bool no_webhook = false;
  std::size_t limit = 100;
  SecretOptions secrets;
  bool yes = false;
};

Json types_of(const std::vector<std::string>& events) {
  Json types = Json::array();
  for (const auto& event : events.empty() ? kEvents : events) types.push_back("device." + event);
  return types;
}

Outcome<Done> list_integrations(Shell& shell) {
  const auto api = shell.api();
  if (!api) return api.error();
  auto document = (*api)->get(Target("/api/integrations"));
  if (!document) return document.error();
  if (shell.for_people() && document->contains("items")) {
    const auto tree = group_tree(shell);
    if (!tree) return tree.error();
    for (auto& it : (*document)["items"]) it["group"] = tree->path_of(text_at(it, "/groupId"));
  }
  shell.show_list(*document,
                  {{"ID", "/id"},
                   {"NAME", "/name"},
                   {"GROUP", "/group"},
                   {"EVENTS", "/events", Form::list},
                   {"WEBHOOK", "/webhook/url"},
                   {"WAITING", "/webhook/waiting"},
                   {"GIVEN UP", "/webhook/givenUp"},
                   {"CREATED", "/createdAt", Form::time}},
                  "/id");
  return Done{};
}

// The secrets as people and scripts read them: one `name=value` a line.
Outcome<Done> deliver_secrets(Shell& shell, SecretPlace& place, const Json& reply) {
  std::string text;
  std::vector<std::string> secrets;
  const auto add = [&](const char* name, const char* pointer) {
    if (const auto value = text_at(reply, pointer); !value.empty())
      text += std::string(name) + "=" + value + "\n";
  };
  add("client_id", "/mqtt/clientId");
  add("user", "/mqtt/user");
  add("password", "/mqtt/password");
  add("topic", "/mqtt/topic");
  add("webhook_secret", "/webhookSecret");
  for (const char* pointer : {"/mqtt/password", "/webhookSecret"})
    if (!text_at(reply, pointer).empty()) secrets.emplace_back(pointer);
  return place.deliver(shell, reply, secrets, text);
}

Outcome<Done> create_integration(Shell& shell, const Integration& it) {
  auto place = SecretPlace::open(shell, it.secrets);
  if (!place) return place.error();
  Json fields = {{"name", it.name}, {"events", types_of(it.events)}};
  if (!it.group.empty()) {
    const auto group = group_id(shell, it.group);
    if (!group) return group.error();
    fields["groupId"] = *group;
  }
  if (!it.webhook.empty()) fields["webhook"] = {{"url", it.webhook}};
  const auto api = shell.api();
  if (!api) return api.error();
  const auto reply = (*api)->post(Target("/api/integrations"), fields);
  if (!reply) return reply.error();
  shell.note("It hears on " + text_at(*reply, "/mqtt/topic") + ".");
  return deliver_secrets(shell, *place, *reply);
}

Outcome<Done> edit_integration(Shell& shell, const Integration& it) {
  Json fields = Json::object();
  if (!it.name.empty()) fields["name"] = it.name;
  if (!it.events.empty()) fields["events"] = types_of(it.events);
  if (!it.webhook.empty()) fields["webhook"] = {{"url", it.webhook}};
  if (it.no_webhook) fields["webhook"] = nullptr;
  std::optional<SecretPlace> place;
  if (!it.webhook.empty()) {  // it may be the first one, and then there is a secret in the answer
    auto opened = SecretPlace::open(shell, it.secrets);
    if (!opened) return opened.error();
    place.emplace(std::move(*opened));
  }
  const auto api = shell.api();
  if (!api) return api.error();
  const auto reply = (*api)->patch(Target("/api/integrations").part(it.id), fields);
  if (!reply) return reply.error();
  if (place && !text_at(*reply, "/webhookSecret").empty()) return deliver_secrets(shell, *place, *reply);
  shell.show_done(*reply, "Changed the integration " + it.id + ".");
  return Done{};
}

Outcome<Done> rotate_integration(Shell& shell, const Integration& it) {
  auto place = SecretPlace::open(shell, it.secrets);
  if (!place) return place.error();
  const auto sure = shell.confirm("Make new secrets for " + it.id + "? Its session is cut at once.", it.yes);
  if (!sure) return sure;
  const auto api = shell.api();
  if (!api) return api.error();
  const auto reply = (*api)->post(Target("/api/integrations").part(it.id).part("rotation"));
  if (!reply) return reply.error();
  return deliver_secrets(shell, *place, *reply);
}

Outcome<Done> delete_integration(Shell& shell, const Integration& it) {
  const auto sure =
      shell.confirm("Delete " + it.id + "? Its session is cut, and what waits for it is gone.", it.yes);
  if (!sure) return sure;
  const auto api = shell.api();
  if (!api) return api.error();
  const auto reply = (*api)->remove(Target("/api/integrations").part(it.id));
  if (!reply) return reply.error();
  shell.show_done(*reply, "Deleted the integration " + it.id + ".");
  return Done{};
}

Outcome<Done> list_deliveries(Shell& shell, const Integration& it) {
  const auto api = shell.api();
  if (!api) return api.error();
  const auto document = pages(**api, it.limit, [&](const std::string& cursor, std::size_t count) {
    return Target("/api/integrations")
        .part(it.id)
        .part("deliveries")
        .query("limit", std::to_string(count))
        .query_if("cursor", cursor);
  });
  if (!document) return document.error();
  shell.show_list(*document,
                  {{"AT", "/at", Form::time},
                   {"EVENT", "/type"},
                   {"SERIAL", "/serial"},
                   {"STATE", "/state"},
                   {"TRIES", "/attempts"},
                   {"NEXT", "/nextAttemptAt", Form::time},
                   {"LAST ERROR", "/lastError"}},
                  "/eventId");
  return Done{};
}

void add_events(CLI::App& command, const std::shared_ptr<Integration>& it) {
  many(command, "--event", it->events,
       "registered, provisioned, released, connected, disconnected or faulted")
      ->check(CLI::IsMember(kEvents));
}

void add_changes(Commands& commands, CLI::App& group, const std::shared_ptr<Integration>& it) {
  CLI::App& edit = commands.command(group, "edit", "another name, other events, another webhook",
                                    {"integrations edit 5f0c9a1b2c3d4e5f60718293 --no-webhook"},
                                    [it](Shell& shell) { return edit_integration(shell, *it); });
  edit.add_option("ID", it->id, "the integration")->required();
  edit.add_option("--name", it->name, "its new name");
  add_events(edit, it);
  auto* webhook = edit.add_option("--webhook", it->webhook, "where events are posted to");
  edit.add_flag("--no-webhook", it->no_webhook, "nowhere any more")->excludes(webhook);
  add_secret_options(edit, it->secrets);
  CLI::App& rotate = commands.command(group, "rotate", "new secrets in place of the old",
                                      {"integrations rotate 5f0c9a1b2c3d4e5f60718293 --output secrets.txt"},
                                      [it](Shell& shell) { return rotate_integration(shell, *it); });
  rotate.add_option("ID", it->id, "the integration")->required();
  add_secret_options(rotate, it->secrets);
  add_yes(rotate, it->yes);
  CLI::App& gone = commands.command(group, "delete", "tell it nothing any more",
                                    {"integrations delete 5f0c9a1b2c3d4e5f60718293"},
                                    [it](Shell& shell) { return delete_integration(shell, *it); });
  gone.add_option("ID", it->id, "the integration")->required();
  add_yes(gone, it->yes);
}

}  // namespace

void add_integration_commands(Commands& commands) {
  auto it = std::make_shared<Integration>();
  CLI::App& group = commands.group(commands.root(), "integrations", "other systems that hear of devices");
  commands.command(group, "list", "the integrations of your groups", {"integrations list"},
                   list_integrations);
  CLI::App& create = commands.command(group, "create", "a topic of its own, and where wanted a webhook",
                                      {"integrations create Maintenance --group \"Tekton Health\" --event "
                                       "provisioned --event released --webhook "
                                       "https://hooks.example/turnkey --output secrets.txt"},
                                      [it](Shell& shell) { return create_integration(shell, *it); });
  create.add_option("NAME", it->name, "what it is for")->required();
  create.add_option("--group", it->group, "the group (path or id); without one, for operators, all devices");
  add_events(create, it);
  create.add_option("--webhook", it->webhook, "where events are posted to");
  add_secret_options(create, it->secrets);
  add_changes(commands, group, it);
  CLI::App& deliveries = commands.command(group, "deliveries", "what its webhook has not taken",
                                          {"integrations deliveries 5f0c9a1b2c3d4e5f60718293"},
                                          [it](Shell& shell) { return list_deliveries(shell, *it); });
  deliveries.add_option("ID", it->id, "the integration")->required();
  add_paging(deliveries, it->limit);
}

}  // namespace turnkey::ctl
