// SPDX-License-Identifier: Apache-2.0
// passes list, create, revoke: links with which a technician works in one group for some days, without an
// account.
#include "commands/secrets.hpp"
#include "core/time.hpp"
#include "domain/duration.hpp"

namespace turnkey::ctl {
namespace {

struct Pass {
  std::string id;
  std::string name;
  std::string group;
  std::string expires_in = "30d";
  SecretOptions secrets;
};

Outcome<Done> list_passes(Shell& shell) {
  const auto api = shell.api();
  if (!api) return api.error();
  auto document = (*api)->get(Target("/api/passes"));
  if (!document) return document.error();
  if (shell.for_people() && document->contains("items")) {
    const auto tree = group_tree(shell);
    if (!tree) return tree.error();
    for (auto& pass : (*document)["items"]) pass["group"] = tree->path_of(text_at(pass, "/groupId"));
  }
  shell.show_list(*document,
                  {{"ID", "/id"},
                   {"NAME", "/name"},
                   {"GROUP", "/group"},
                   {"ENDS", "/notAfter", Form::time},
                   {"CREATED", "/createdAt", Form::time}},
                  "/id");
  return Done{};
}

Outcome<Done> create_pass(Shell& shell, const Pass& pass) {
  auto place = SecretPlace::open(shell, pass.secrets);
  if (!place) return place.error();
  const auto group = group_id(shell, pass.group);
  if (!group) return group.error();
  const auto life = parse_duration(pass.expires_in).value_or(std::chrono::seconds(0));
  const auto api = shell.api();
  if (!api) return api.error();
  const auto reply =
      (*api)->post(Target("/api/passes"), {{"groupId", *group},
                                           {"name", pass.name},
                                           {"notAfter", core::to_iso(shell.world().clock.now() + life)}});
  if (!reply) return reply.error();
  shell.note("The link signs in until " + text_at(*reply, "/pass/notAfter") + ".");
  return place->deliver(shell, *reply, {"/link"}, text_at(*reply, "/link") + "\n");
}

Outcome<Done> revoke_pass(Shell& shell, const std::string& id) {
  const auto api = shell.api();
  if (!api) return api.error();
  const auto reply = (*api)->remove(Target("/api/passes").part(id));
  if (!reply) return reply.error();
  shell.show_done(*reply, "Revoked the pass " + id + "; its sessions have ended.");
  return Done{};
}

}  // namespace

void add_pass_commands(Commands& commands) {
  auto pass = std::make_shared<Pass>();
  CLI::App& group = commands.group(commands.root(), "passes", "links for technicians without an account");
  commands.command(group, "list", "the passes of your groups", {"passes list"}, list_passes);
  CLI::App& create = commands.command(
      group, "create", "a link that signs a technician in, for one group, until it ends",
      {"passes create \"Fitters Ltd\" --group \"Tekton Health/Coast\" --expires-in 14d --output link.txt"},
      [pass](Shell& shell) { return create_pass(shell, *pass); });
  create.add_option("NAME", pass->name, "who it is for")->required();
  create.add_option("--group", pass->group, "the group (path or id)")->required();
  duration(create, "--expires-in", pass->expires_in, "how long it works, at most 90d")->capture_default_str();
  add_secret_options(create, pass->secrets);
  CLI::App& revoke = commands.command(group, "revoke", "end a pass and its sessions",
                                      {"passes revoke 5f0c9a1b2c3d4e5f60718293"},
                                      [pass](Shell& shell) { return revoke_pass(shell, pass->id); });
  revoke.add_option("ID", pass->id, "the pass")->required();
}

}  // namespace turnkey::ctl
