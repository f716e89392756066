// SPDX-License-Identifier: Apache-2.0
// groups list, create, rename, move, delete.
#include "commands/erasure.hpp"

namespace turnkey::ctl {
namespace {

Outcome<Done> list_groups(Shell& shell) {
  const auto api = shell.api();
  if (!api) return api.error();
  const auto document = (*api)->get(Target("/api/groups"));
  if (!document) return document.error();
  if (!shell.for_people() && shell.globals().json) {
    shell.print_document(*document);
    return Done{};
  }
  Json rows = Json::array();
  const GroupTree tree(*document);
  for (const auto& line : tree.lines()) {
    Json row = line.group;
    row["shown"] = std::string(static_cast<std::size_t>(line.depth) * 2, ' ') + text_at(line.group, "/name");
    rows.push_back(std::move(row));
  }
  shell.show_list(
      {{"items", rows}},
      {{"GROUP", "/shown"}, {"DEVICES", "/deviceCount"}, {"CONNECTED", "/connectedCount"}, {"ID", "/id"}},
      "/id");
  return Done{};
}

// "Tenant/Region/Site" makes Site in Tenant/Region; a name alone makes a root.
Outcome<Done> create_group(Shell& shell, const std::string& path, const std::string& parent) {
  const auto slash = path.rfind('/');
  if (slash != std::string::npos && !parent.empty())
    return usage("Give the whole path, or a name with --parent, not both.");
  const std::string above = slash == std::string::npos ? parent : path.substr(0, slash);
  Json body = {{"name", slash == std::string::npos ? path : path.substr(slash + 1)}};
  if (!above.empty()) {
    const auto id = group_id(shell, above);
    if (!id) return id.error();
    body["parentId"] = *id;
  }
  const auto api = shell.api();
  if (!api) return api.error();
  const auto reply = (*api)->post(Target("/api/groups"), body);
  if (!reply) return reply.error();
  shell.show_done(*reply, "Made " + path + " (" + text_at(*reply, "/id") + ").");
  return Done{};
}

Outcome<Done> change_group(Shell& shell, const std::string& group, const Json& changes,
                           const std::string& done) {
  const auto id = group_id(shell, group);
  if (!id) return id.error();
  const auto api = shell.api();
  if (!api) return api.error();
  const auto reply = (*api)->patch(Target("/api/groups").part(*id), changes);
  if (!reply) return reply.error();
  shell.show_done(*reply, done);
  return Done{};
}

Outcome<Done> move_group(Shell& shell, const std::string& group, const std::string& to, bool root, bool yes) {
  if (to.empty() != root) return usage("Say where it goes: --to GROUP, or --to-root.");
  const auto sure = shell.confirm("Move " + group + " with its devices and users to " +
                                      (root ? "the root" : to) + "? Who sees them changes at once.",
                                  yes);
  if (!sure) return sure;
  Json changes = {{"parentId", nullptr}};
  if (!root) {
    const auto id = group_id(shell, to);
    if (!id) return id.error();
    changes["parentId"] = *id;
  }
  return change_group(shell, group, changes, "Moved " + group + ".");
}

Outcome<Done> delete_group(Shell& shell, const std::string& group, bool yes) {
  const auto sure = shell.confirm("Delete the group " + group + "?", yes);
  if (!sure) return sure;
  const auto id = group_id(shell, group);
  if (!id) return id.error();
  const auto api = shell.api();
  if (!api) return api.error();
  const auto reply = (*api)->remove(Target("/api/groups").part(*id));
  if (!reply) return reply.error();
  shell.show_done(*reply, "Deleted " + group + ".");
  return Done{};
}

struct Arguments {
  std::string group;
  std::string other;
  bool root = false;
  bool yes = false;
};

}  // namespace

void add_group_commands(Commands& commands) {
  auto args = std::make_shared<Arguments>();
  CLI::App& group = commands.group(commands.root(), "groups", "tenants, regions and sites");
  commands.command(group, "list", "the tree that you see", {"groups list", "groups list --json"},
                   list_groups);
  CLI::App& create =
      commands.command(group, "create", "make a group",
                       {"groups create \"Tekton Health\"", "groups create \"Tekton Health/Coast/Clinic 2\""},
                       [args](Shell& shell) { return create_group(shell, args->group, args->other); });
  create.add_option("PATH", args->group, "its path; a name alone is a root")->required();
  create.add_option("--parent", args->other, "the group above (path or id), with a name alone");
  CLI::App& rename =
      commands.command(group, "rename", "give a group another name",
                       {"groups rename \"Tekton Health/Coast\" Seaside"}, [args](Shell& shell) {
                         return change_group(shell, args->group, {{"name", args->other}},
                                             "It is called " + args->other + " now.");
                       });
  rename.add_option("GROUP", args->group, "path or id")->required();
  rename.add_option("NAME", args->other, "the new name")->required();
  CLI::App& move = commands.command(
      group, "move", "move a group with all below to another parent",
      {"groups move \"Tekton Health/Coast/Clinic 2\" --to \"Tekton Health/Inland\""},
      [args](Shell& shell) { return move_group(shell, args->group, args->other, args->root, args->yes); });
  move.add_option("GROUP", args->group, "path or id")->required();
  move.add_option("--to", args->other, "the group above (path or id)");
  move.add_flag("--to-root", args->root, "it becomes a root");
  add_yes(move, args->yes);
  CLI::App& gone =
      commands.command(group, "delete", "delete an empty group", {"groups delete \"Tekton Health/Coast\""},
                       [args](Shell& shell) { return delete_group(shell, args->group, args->yes); });
  gone.add_option("GROUP", args->group, "path or id")->required();
  add_yes(gone, args->yes);
  add_group_erase_command(commands, group);
}

}  // namespace turnkey::ctl
