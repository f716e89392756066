// SPDX-License-Identifier: Apache-2.0
// users list, invite, edit, reset-password, sign-out, delete (and erase).
#include "commands/erasure.hpp"
#include "commands/secrets.hpp"

namespace turnkey::ctl {
namespace {

struct User {
  std::string who;  // email or id
  std::string name;
  std::string role;
  std::string query;
  std::vector<std::string> groups;
  std::vector<std::string> tags;
  std::size_t limit = 0;
  SecretOptions secrets;
  bool yes = false;
};

Outcome<Json> group_ids(Shell& shell, const std::vector<std::string>& groups) {
  Json ids = Json::array();
  if (groups.empty()) return ids;
  const auto tree = group_tree(shell);
  if (!tree) return tree.error();
  for (const auto& group : groups) {
    const auto id = tree->find(group);
    if (!id) return id.error();
    ids.push_back(*id);
  }
  return ids;
}

Outcome<Done> add_group_names(Shell& shell, Json& document) {
  if (!shell.for_people() || !document.contains("items")) return Done{};
  const auto tree = group_tree(shell);
  if (!tree) return tree.error();
  for (auto& user : document["items"]) {
    user["groups"] = Json::array();
    const Json ids = user.value("groupIds", Json::array());
    for (const auto& id : ids) {
      if (id.is_string()) user["groups"].push_back(tree->path_of(id.get<std::string>()));
    }
  }
  return Done{};
}

Outcome<Done> list_users(Shell& shell, const User& user) {
  const auto api = shell.api();
  if (!api) return api.error();
  auto document = pages(**api, user.limit, [&](const std::string& cursor, std::size_t count) {
    return Target("/api/users")
        .query("limit", std::to_string(count))
        .query_if("q", user.query)
        .query_if("cursor", cursor);
  });
  if (!document) return document.error();
  const auto named = add_group_names(shell, *document);
  if (!named) return named;
  shell.show_list(*document,
                  {{"EMAIL", "/email"},
                   {"NAME", "/name"},
                   {"ROLE", "/role"},
                   {"GROUPS", "/groups", Form::list},
                   {"ID", "/id"}},
                  "/id");
  return Done{};
}

Outcome<Done> deliver_link(Shell& shell, SecretPlace& place, const Json& reply, const std::string& sentence) {
  shell.note(sentence + " It works once, until " + text_at(reply, "/expiresAt") + ".");
  return place.deliver(shell, reply, {"/link"}, text_at(reply, "/link") + "\n");
}

Outcome<Done> invite(Shell& shell, const User& user) {
  auto place = SecretPlace::open(shell, user.secrets);
  if (!place) return place.error();
  const auto tags = parse_tags(user.tags);
  if (!tags) return tags.error();
  const auto ids = group_ids(shell, user.groups);
  if (!ids) return ids.error();
  Json body = {{"email", user.who}, {"name", user.name}, {"role", user.role}, {"groupIds", *ids}};
  if (!tags->empty()) body["tags"] = *tags;
  const auto api = shell.api();
  if (!api) return api.error();
  const auto reply = (*api)->post(Target("/api/users/invitations"), body);
  if (!reply) return reply.error();
  return deliver_link(shell, *place, *reply, "Invited " + user.who + ". Send them the link.");
}

Outcome<Done> edit_user(Shell& shell, const User& user) {
  Json changes = Json::object();
  if (!user.name.empty()) changes["name"] = user.name;
  if (!user.role.empty()) changes["role"] = user.role;
  if (!user.tags.empty()) {
    const auto tags = parse_tags(user.tags);
    if (!tags) return tags.error();
    changes["tags"] = *tags;
  }
  if (!user.groups.empty()) {
    const auto ids = group_ids(shell, user.groups);
    if (!ids) return ids.error();
    changes["groupIds"] = *ids;
  }
  if (changes.empty()) return usage("Say what changes: --name, --role, --group or --tag.");
  const auto id = user_id(shell, user.who);
  if (!id) return id.error();
  const auto api = shell.api();
  if (!api) return api.error();
  const auto reply = (*api)->patch(Target("/api/users").part(*id), changes);
  if (!reply) return reply.error();
  shell.show_done(*reply, "Changed " + user.who + ".");
  return Done{};
}

Outcome<Done> reset_password(Shell& shell, const User& user) {
  auto place = SecretPlace::open(shell, user.secrets);
  if (!place) return place.error();
  const auto id = user_id(shell, user.who);
  if (!id) return id.error();
  const auto api = shell.api();
  if (!api) return api.error();
  const auto reply = (*api)->post(Target("/api/users").part(*id).part("password-reset"));
  if (!reply) return reply.error();
  return deliver_link(shell, *place, *reply, "The link sets a new password for " + user.who + ".");
}

Outcome<Done> sign_out(Shell& shell, const User& user) {
  const auto id = user_id(shell, user.who);
  if (!id) return id.error();
  const auto api = shell.api();
  if (!api) return api.error();
  const auto reply = (*api)->post(Target("/api/users").part(*id).part("sign-out"));
  if (!reply) return reply.error();
  shell.show_done(*reply, "All sessions of " + user.who + " have ended.");
  return Done{};
}

Outcome<Done> delete_user(Shell& shell, const User& user) {
  const auto sure = shell.confirm("Delete the user " + user.who + "?", user.yes);
  if (!sure) return sure;
  const auto id = user_id(shell, user.who);
  if (!id) return id.error();
  const auto api = shell.api();
  if (!api) return api.error();
  const auto reply = (*api)->remove(Target("/api/users").part(*id));
  if (!reply) return reply.error();
  shell.show_done(*reply, "Deleted " + user.who + ".");
  return Done{};
}

void add_role(CLI::App& app, User& user, bool required) {
  app.add_option("--role", user.role, "viewer, technician, admin or operator")
      ->check(CLI::IsMember({"viewer", "technician", "admin", "operator"}))
      ->required(required);
}

void add_invite_and_edit(Commands& commands, CLI::App& group, const std::shared_ptr<User>& user) {
  CLI::App& in = commands.command(
      group, "invite", "make a user, who sets a password by a link (7 days, once)",
      {"users invite kim@tekton.example --name \"Kim Lee\" --role technician --group \"Tekton Health\"",
       "users invite kim@tekton.example --name Kim --role viewer --group \"Tekton Health\" --output "
       "link.txt"},
      [user](Shell& shell) { return invite(shell, *user); });
  in.add_option("EMAIL", user->who, "where they get mail")->required();
  in.add_option("--name", user->name, "what they are called")->required();
  add_role(in, *user, true);
  many(in, "--group", user->groups, "a group whose devices they see (path or id)");
  many(in, "--tag", user->tags, "a tag, key=value");
  add_secret_options(in, user->secrets);
  CLI::App& edit = commands.command(group, "edit", "change what is given; groups and tags as a whole",
                                    {"users edit kim@tekton.example --role admin",
                                     "users edit kim@tekton.example --group \"Tekton Health/Coast\""},
                                    [user](Shell& shell) { return edit_user(shell, *user); });
  edit.add_option("USER", user->who, "email or id")->required();
  edit.add_option("--name", user->name, "what they are called");
  add_role(edit, *user, false);
  many(edit, "--group", user->groups, "a group whose devices they see, in place of those before");
  many(edit, "--tag", user->tags, "a tag, key=value, in place of those before");
}

}  // namespace

void add_user_commands(Commands& commands) {
  auto user = std::make_shared<User>();
  CLI::App& group = commands.group(commands.root(), "users", "people who sign in");
  CLI::App& list = commands.command(group, "list", "those whom you administer", {"users list --query kim"},
                                    [user](Shell& shell) { return list_users(shell, *user); });
  list.add_option("--query", user->query, "a part of the email or the name");
  add_paging(list, user->limit);
  add_invite_and_edit(commands, group, user);
  CLI::App& reset = commands.command(group, "reset-password", "a link that sets a new password (1 day, once)",
                                     {"users reset-password kim@tekton.example --output link.txt"},
                                     [user](Shell& shell) { return reset_password(shell, *user); });
  reset.add_option("USER", user->who, "email or id")->required();
  add_secret_options(reset, user->secrets);
  CLI::App& out =
      commands.command(group, "sign-out", "end all sessions of a user", {"users sign-out kim@tekton.example"},
                       [user](Shell& shell) { return sign_out(shell, *user); });
  out.add_option("USER", user->who, "email or id")->required();
  CLI::App& gone = commands.command(group, "delete", "delete a user", {"users delete kim@tekton.example"},
                                    [user](Shell& shell) { return delete_user(shell, *user); });
  gone.add_option("USER", user->who, "email or id")->required();
  add_yes(gone, user->yes);
  add_user_erase_command(commands, group);
}

}  // namespace turnkey::ctl
