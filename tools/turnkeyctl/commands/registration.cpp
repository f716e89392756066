// SPDX-License-Identifier: Apache-2.0
// registration-tokens list, create, revoke; registration-keys list, rotate, revoke: with what devices
// register themselves.
#include "commands/secrets.hpp"
#include "domain/duration.hpp"

namespace turnkey::ctl {
namespace {

struct Registration {
  std::string recipe;
  std::string name;
  std::string lifetime = "30d";
  std::string serials = "*";
  int uses = 1;
  std::string id;  // of a token or a key
  SecretOptions secrets;
  bool yes = false;
};

Outcome<Target> tokens_of(Shell& shell, const std::string& recipe) {
  const auto id = recipe_id(shell, recipe);
  if (!id) return id.error();
  return Target("/api/recipes").part(*id).part("registration-tokens");
}

Outcome<Done> list_tokens(Shell& shell, const Registration& it) {
  const auto target = tokens_of(shell, it.recipe);
  if (!target) return target.error();
  const auto api = shell.api();
  if (!api) return api.error();
  const auto document = (*api)->get(*target);
  if (!document) return document.error();
  shell.show_list(*document,
                  {{"ID", "/id"},
                   {"NAME", "/name"},
                   {"SERIALS", "/serialPattern"},
                   {"USED", "/used"},
                   {"OF", "/uses"},
                   {"ENDS", "/expiresAt", Form::time},
                   {"REVOKED", "/revokedAt", Form::time},
                   {"KEY", "/kid"}},
                  "/id");
  return Done{};
}

Outcome<Done> create_token(Shell& shell, const Registration& it) {
  auto place = SecretPlace::open(shell, it.secrets);
  if (!place) return place.error();
  const auto target = tokens_of(shell, it.recipe);
  if (!target) return target.error();
  const auto api = shell.api();
  if (!api) return api.error();
  const auto life = parse_duration(it.lifetime).value_or(std::chrono::seconds(0));
  const auto reply = (*api)->post(
      *target,
      {{"name", it.name}, {"lifetime_s", life.count()}, {"uses", it.uses}, {"serialPattern", it.serials}});
  if (!reply) return reply.error();
  shell.note("For firmware of serials " + it.serials + ", until " + text_at(*reply, "/token/expiresAt") +
             ".");
  return place->deliver(shell, *reply, {"/jwt"}, text_at(*reply, "/jwt") + "\n");
}

Outcome<Done> revoke(Shell& shell, const std::string& collection, const Registration& it,
                     const std::string& question) {
  const auto sure = shell.confirm(question, it.yes);
  if (!sure) return sure;
  const auto api = shell.api();
  if (!api) return api.error();
  const auto reply = (*api)->remove(Target(collection).part(it.id));
  if (!reply) return reply.error();
  shell.show_done(*reply, "Revoked " + it.id + ".");
  return Done{};
}

Outcome<Done> list_keys(Shell& shell) {
  const auto api = shell.api();
  if (!api) return api.error();
  const auto document = (*api)->get(Target("/api/registration-keys"));
  if (!document) return document.error();
  shell.show_list(*document, {{"KEY", "/kid"}, {"STATE", "/state"}, {"CREATED", "/createdAt", Form::time}},
                  "/kid");
  return Done{};
}

Outcome<Done> rotate_key(Shell& shell) {
  const auto api = shell.api();
  if (!api) return api.error();
  const auto reply = (*api)->post(Target("/api/registration-keys"));
  if (!reply) return reply.error();
  shell.show_done(*reply, "New tokens are signed with a new key; tokens of the old one stay valid.");
  return Done{};
}

void add_tokens(Commands& commands, const std::shared_ptr<Registration>& it) {
  CLI::App& group =
      commands.group(commands.root(), "registration-tokens", "tokens with which devices register themselves");
  CLI::App& list = commands.command(group, "list", "the tokens of a recipe",
                                    {"registration-tokens list \"Generator gateway\""},
                                    [it](Shell& shell) { return list_tokens(shell, *it); });
  list.add_option("RECIPE", it->recipe, "name or id")->required();
  CLI::App& create =
      commands.command(group, "create", "a JWT for firmware",
                       {"registration-tokens create \"Generator gateway\" --name line-2 --serials "
                        "\"GEN-*\" --uses 500 --lifetime 30d --output jwt.txt"},
                       [it](Shell& shell) { return create_token(shell, *it); });
  create.add_option("RECIPE", it->recipe, "name or id")->required();
  create.add_option("--name", it->name, "what it is for")->required();
  create.add_option("--uses", it->uses, "how many devices it registers")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  create.add_option("--serials", it->serials, "which serials, with * and ?")->capture_default_str();
  duration(create, "--lifetime", it->lifetime, "how long it works, at most a year")->capture_default_str();
  add_secret_options(create, it->secrets);
  CLI::App& gone = commands.command(
      group, "revoke", "end a token", {"registration-tokens revoke 5f0c9a1b2c3d4e5f60718293"},
      [it](Shell& shell) {
        return revoke(shell, "/api/registration-tokens", *it,
                      "Revoke the token " + it->id + "? No device registers with it any more.");
      });
  gone.add_option("ID", it->id, "the token")->required();
  add_yes(gone, it->yes);
}

}  // namespace

void add_registration_commands(Commands& commands) {
  auto it = std::make_shared<Registration>();
  add_tokens(commands, it);
  CLI::App& keys = commands.group(commands.root(), "registration-keys", "keys that sign registration tokens");
  commands.command(keys, "list", "the keys", {"registration-keys list"}, list_keys);
  commands.command(keys, "rotate", "sign new tokens with a new key", {"registration-keys rotate"},
                   rotate_key);
  CLI::App& gone =
      commands.command(keys, "revoke", "end a key and all tokens that it signed",
                       {"registration-keys revoke KEY"}, [it](Shell& shell) {
                         return revoke(shell, "/api/registration-keys", *it,
                                       "Revoke the key " + it->id + "? All its tokens end at once.");
                       });
  gone.add_option("KEY", it->id, "the key's kid")->required();
  add_yes(gone, it->yes);
}

}  // namespace turnkey::ctl
