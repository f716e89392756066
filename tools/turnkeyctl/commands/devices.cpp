// SPDX-License-Identifier: Apache-2.0
// devices list, show, edit, replace, delete, command.
#include "commands/commands.hpp"
#include "core/random.hpp"

namespace turnkey::ctl {
namespace {

const std::vector<Column> kListed = {{"SERIAL", "/serial"},
                                     {"NAME", "/name"},
                                     {"GROUP", "/group"},
                                     {"MODEL", "/model"},
                                     {"CONNECTED", "/connected", Form::yes_no},
                                     {"LAST SEEN", "/lastSeenAt", Form::time}};
const std::vector<Column> kShown = {{"SERIAL", "/serial"},
                                    {"DEVICE ID", "/deviceId"},
                                    {"NAME", "/name"},
                                    {"RECIPE", "/recipe/name"},
                                    {"MODEL", "/model"},
                                    {"GROUP", "/group"},
                                    {"TAGS", "/tags", Form::tags},
                                    {"CONNECTED", "/connected", Form::yes_no},
                                    {"LAST SEEN", "/lastSeenAt", Form::time},
                                    {"PROVISIONED", "/provisionedAt", Form::time},
                                    {"UNDO UNTIL", "/undoUntil", Form::time}};

struct List {
  std::string group;
  std::string query;
  std::string state;
  std::size_t limit = 0;
};

// People read the path of a group; scripts get the document as it is.
Outcome<Done> add_group_paths(Shell& shell, Json& items) {
  if (!shell.for_people()) return Done{};
  const auto tree = group_tree(shell);
  if (!tree) return tree.error();
  for (auto& device : items) {
    const auto id = text_at(device, "/groupId");
    if (!id.empty()) device["group"] = tree->path_of(id);
  }
  return Done{};
}

Outcome<Done> list_devices(Shell& shell, const List& list) {
  std::string group;
  if (!list.group.empty()) {
    const auto id = group_id(shell, list.group);
    if (!id) return id.error();
    group = *id;
  }
  const auto api = shell.api();
  if (!api) return api.error();
  auto document = pages(**api, list.limit, [&](const std::string& cursor, std::size_t count) {
    return Target("/api/devices")
        .query("limit", std::to_string(count))
        .query_if("group", group)
        .query_if("q", list.query)
        .query_if("state", list.state)
        .query_if("cursor", cursor);
  });
  if (!document) return document.error();
  if (document->contains("items")) {
    const auto named = add_group_paths(shell, (*document)["items"]);
    if (!named) return named;
  }
  shell.show_list(*document, kListed, "/serial");
  return Done{};
}

Outcome<Done> show_device(Shell& shell, const std::string& serial) {
  const auto api = shell.api();
  if (!api) return api.error();
  const auto device = (*api)->get(Target("/api/devices").part(serial));
  if (!device) return device.error();
  Json shown = Json::array({*device});
  const auto named = add_group_paths(shell, shown);
  if (!named) return named;
  shell.show_thing(shown[0], kShown);
  if (!shell.for_people() || !device->contains("latest")) return Done{};
  Table values({"ATTRIBUTE", "VALUE", "AT"});
  for (const auto& [name, latest] : device->at("latest").items())
    values.add({name, cell(latest, {"", "/value"}), cell(latest, {"", "/time", Form::time})});
  if (!device->at("latest").empty()) shell.print("\n" + values.text(shell.world().columns));
  return Done{};
}

struct Edit {
  std::string serial;
  std::string name;
  std::string group;
  std::string model;
  std::vector<std::string> tags;
  std::vector<std::string> untags;
};

// The server takes all tags at once: those that are not named here stay.
Outcome<Json> merged_tags(Api& api, const Edit& edit) {
  const auto wanted = parse_tags(edit.tags);
  if (!wanted) return wanted.error();
  const auto device = api.get(Target("/api/devices").part(edit.serial));
  if (!device) return device.error();
  Json tags = device->value("tags", Json::object());
  tags.update(*wanted);
  for (const auto& key : edit.untags) tags.erase(key);
  return tags;
}

Outcome<Done> edit_device(Shell& shell, const Edit& edit) {
  Json changes = Json::object();
  if (!edit.name.empty()) changes["name"] = edit.name;
  if (!edit.model.empty()) changes["model"] = edit.model;
  if (!edit.group.empty()) {
    const auto id = group_id(shell, edit.group);
    if (!id) return id.error();
    changes["groupId"] = *id;
  }
  const auto api = shell.api();
  if (!api) return api.error();
  if (!edit.tags.empty() || !edit.untags.empty()) {
    const auto tags = merged_tags(**api, edit);
    if (!tags) return tags.error();
    changes["tags"] = *tags;
  }
  if (changes.empty()) return usage("Say what changes: --name, --group, --model, --tag or --untag.");
  const auto reply = (*api)->patch(Target("/api/devices").part(edit.serial), changes);
  if (!reply) return reply.error();
  shell.show_done(*reply, "Changed " + edit.serial + ".");
  return Done{};
}

Outcome<Done> delete_device(Shell& shell, const std::string& serial, bool yes) {
  const auto sure = shell.confirm(
      "Delete " + serial + "? Its credentials end, its telemetry goes, its serial becomes free.", yes);
  if (!sure) return sure;
  const auto api = shell.api();
  if (!api) return api.error();
  const auto reply = (*api)->remove(Target("/api/devices").part(serial));
  if (!reply) return reply.error();
  shell.show_done(*reply, "Deleted " + serial + ".");
  return Done{};
}

Outcome<Done> replace_device(Shell& shell, const std::string& old_serial, const std::string& fresh,
                             bool yes) {
  const auto sure = shell.confirm("Put " + fresh + " in the place of " + old_serial + "? " + old_serial +
                                      " is released and its credentials end.",
                                  yes);
  if (!sure) return sure;
  const auto api = shell.api();
  if (!api) return api.error();
  const auto reply = (*api)->post_once(Target("/api/devices").part(old_serial).part("replacement"),
                                       {{"serial", fresh}}, core::random_hex(16));
  if (!reply) return reply.error();
  shell.show_done(*reply, fresh + " has taken the place of " + old_serial + ".");
  return Done{};
}

// The server passes any name on, and a device says nothing of one that it does not know: a slip of the finger
// would look like a success. Where the recipe cannot be read, the server's answer to the command tells why.
Outcome<Done> check_offered(Api& api, const std::string& serial, const std::string& name) {
  const auto device = api.get(Target("/api/devices").part(serial));
  const Json::json_pointer where("/recipe/commands");
  if (!device || !device->contains(where)) return Done{};
  std::string names;
  for (const auto& offer : device->at(where)) {
    if (text_at(offer, "/name") == name) return Done{};
    names += (names.empty() ? "" : ", ") + text_at(offer, "/name");
  }
  return usage("The recipe of " + serial + " has no command " + name + "; " +
               (names.empty() ? "it has none at all." : "it has: " + names + "."));
}

Outcome<Done> send_command(Shell& shell, const std::string& serial, const std::string& name,
                           const std::string& payload, int valid_for_s) {
  Json body = {{"name", name}};
  if (valid_for_s > 0) body["validFor_s"] = valid_for_s;
  if (!payload.empty()) {
    body["payload"] = Json::parse(payload, nullptr, false);
    if (body["payload"].is_discarded()) return usage("--payload takes JSON: '\"text\"', 5 or '{\"a\":1}'.");
  }
  const auto api = shell.api();
  if (!api) return api.error();
  if (const auto offered = check_offered(**api, serial, name); !offered) return offered;
  const auto reply = (*api)->post(Target("/api/devices").part(serial).part("commands"), body);
  if (!reply) return reply.error();
  shell.show_done(*reply, "Sent " + name + " to " + serial + ".");
  return Done{};
}

void add_list(Commands& commands, CLI::App& devices) {
  auto list = std::make_shared<List>();
  CLI::App& app = commands.command(devices, "list", "the devices that you see",
                                   {"devices list --group \"Tekton Health/Coast\" --state connected",
                                    "devices list --query GEN- --all --quiet"},
                                   [list](Shell& shell) { return list_devices(shell, *list); });
  app.add_option("--group", list->group, "this group (path or id) and all below");
  app.add_option("--query", list->query, "a part of the serial or the name");
  app.add_option("--state", list->state, "connected or disconnected")
      ->check(CLI::IsMember({"connected", "disconnected"}));
  add_paging(app, list->limit);
}

void add_edit(Commands& commands, CLI::App& devices) {
  auto edit = std::make_shared<Edit>();
  CLI::App& app = commands.command(devices, "edit", "change a device's name, group, model or tags",
                                   {"devices edit GEN-7K3M-Q9XT-4Z --name \"Roof generator\" --tag floor=9",
                                    "devices edit GEN-7K3M-Q9XT-4Z --group \"Tekton Health/Coast/Clinic 2\""},
                                   [edit](Shell& shell) { return edit_device(shell, *edit); });
  app.add_option("SERIAL", edit->serial, "the device")->required();
  app.add_option("--name", edit->name, "what people call it");
  app.add_option("--group", edit->group, "the leaf group that it moves to (path or id)");
  app.add_option("--model", edit->model, "key of a model of its recipe");
  many(app, "--tag", edit->tags, "a tag, key=value; others stay");
  many(app, "--untag", edit->untags, "key of a tag to take away");
}

void add_show_and_command(Commands& commands, CLI::App& devices) {
  auto text = std::make_shared<std::array<std::string, 3>>();
  auto valid_for_s = std::make_shared<int>(0);
  CLI::App& show = commands.command(devices, "show", "one device with its last values",
                                    {"devices show GEN-7K3M-Q9XT-4Z", "devices show GEN-7K3M-Q9XT-4Z --json"},
                                    [text](Shell& shell) { return show_device(shell, (*text)[0]); });
  show.add_option("SERIAL", (*text)[0], "the device")->required();
  CLI::App& send =
      commands.command(devices, "command", "send a command of its recipe to a device",
                       {"devices command GEN-7K3M-Q9XT-4Z start",
                        "devices command GEN-7K3M-Q9XT-4Z set --payload '{\"rpm\":1500}' --valid-for 3600"},
                       [text, valid_for_s](Shell& shell) {
                         return send_command(shell, (*text)[0], (*text)[1], (*text)[2], *valid_for_s);
                       });
  send.add_option("SERIAL", (*text)[0], "the device")->required();
  send.add_option("NAME", (*text)[1], "the command, one of its recipe's")->required();
  send.add_option("--payload", (*text)[2], "JSON that goes with it");
  send.add_option("--valid-for", *valid_for_s, "seconds that it may wait for a device that is away")
      ->check(CLI::Range(1, 604'800));
}

void add_delete_and_replace(Commands& commands, CLI::App& devices) {
  struct Arguments {
    std::string serial;
    std::string fresh;
    bool yes = false;
  };
  auto args = std::make_shared<Arguments>();
  CLI::App& gone =
      commands.command(devices, "delete", "delete a device for good", {"devices delete GEN-7K3M-Q9XT-4Z"},
                       [args](Shell& shell) { return delete_device(shell, args->serial, args->yes); });
  gone.add_option("SERIAL", args->serial, "the device")->required();
  add_yes(gone, args->yes);
  CLI::App& replace = commands.command(
      devices, "replace", "put a new unit in the place of a broken one",
      {"devices replace GEN-7K3M-Q9XT-4Z GEN-1A2B-3C4D-5E"},
      [args](Shell& shell) { return replace_device(shell, args->serial, args->fresh, args->yes); });
  replace.add_option("SERIAL", args->serial, "the device that goes")->required();
  replace.add_option("NEW", args->fresh, "serial of the unit that nobody has yet")->required();
  add_yes(replace, args->yes);
}

}  // namespace

void add_device_commands(Commands& commands) {
  CLI::App& devices = commands.group(commands.root(), "devices", "devices: list, import, release, edit");
  add_list(commands, devices);
  add_show_and_command(commands, devices);
  add_import_command(commands, devices);
  add_edit(commands, devices);
  add_release_commands(commands, devices);
  add_delete_and_replace(commands, devices);
  add_credential_commands(commands, devices);
}

}  // namespace turnkey::ctl
