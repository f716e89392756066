// SPDX-License-Identifier: Apache-2.0
// tokens list, create, revoke: API tokens for programs.
#include "commands/secrets.hpp"
#include "core/time.hpp"
#include "domain/duration.hpp"

namespace turnkey::ctl {
namespace {

struct Token {
  std::string id;
  std::string name;
  std::vector<std::string> scopes;
  std::string expires_in = "30d";
  bool all = false;
  SecretOptions secrets;
};

Outcome<Done> list_tokens(Shell& shell, bool all) {
  const auto api = shell.api();
  if (!api) return api.error();
  const auto document = (*api)->get(Target("/api/tokens").query_if("all", all ? "true" : ""));
  if (!document) return document.error();
  shell.show_list(*document,
                  {{"ID", "/id"},
                   {"NAME", "/name"},
                   {"SCOPES", "/scopes", Form::list},
                   {"CREATED", "/createdAt", Form::time},
                   {"ENDS", "/expiresAt", Form::time},
                   {"LAST USED", "/lastUsedAt", Form::time}},
                  "/id");
  return Done{};
}

Outcome<Done> create_token(Shell& shell, const Token& token) {
  auto place = SecretPlace::open(shell, token.secrets);
  if (!place) return place.error();
  const auto life = parse_duration(token.expires_in).value_or(std::chrono::seconds(0));
  const auto api = shell.api();
  if (!api) return api.error();
  const auto reply =
      (*api)->post(Target("/api/tokens"), {{"name", token.name},
                                           {"scopes", token.scopes},
                                           {"expiresAt", core::to_iso(shell.world().clock.now() + life)}});
  if (!reply) return reply.error();
  shell.note("It works until " + text_at(*reply, "/token/expiresAt") + ".");
  return place->deliver(shell, *reply, {"/secret"}, text_at(*reply, "/secret") + "\n");
}

Outcome<Done> revoke_token(Shell& shell, const std::string& id) {
  const auto api = shell.api();
  if (!api) return api.error();
  const auto reply = (*api)->remove(Target("/api/tokens").part(id));
  if (!reply) return reply.error();
  shell.show_done(*reply, "Revoked the token " + id + ".");
  return Done{};
}

}  // namespace

void add_token_commands(Commands& commands) {
  auto token = std::make_shared<Token>();
  CLI::App& group = commands.group(commands.root(), "tokens", "API tokens for programs");
  CLI::App& list = commands.command(group, "list", "your tokens", {"tokens list", "tokens list --all"},
                                    [token](Shell& shell) { return list_tokens(shell, token->all); });
  list.add_flag("--all", token->all, "everybody's, for operators");
  CLI::App& create =
      commands.command(group, "create", "a token that acts as you, narrowed by scopes",
                       {"tokens create ci --scope read --scope batches --expires-in 90d --output token.txt",
                        "devices list --token-file token.txt"},
                       [token](Shell& shell) { return create_token(shell, *token); });
  create.add_option("NAME", token->name, "what it is for")->required();
  many(create, "--scope", token->scopes, "read, devices, batches, provision, recipes, people or tokens")
      ->check(CLI::IsMember({"read", "devices", "batches", "provision", "recipes", "people", "tokens"}))
      ->required();
  duration(create, "--expires-in", token->expires_in, "how long it works, at most a year")
      ->capture_default_str();
  add_secret_options(create, token->secrets);
  CLI::App& revoke =
      commands.command(group, "revoke", "end a token", {"tokens revoke 5f0c9a1b2c3d4e5f60718293"},
                       [token](Shell& shell) { return revoke_token(shell, token->id); });
  revoke.add_option("ID", token->id, "the token")->required();
}

}  // namespace turnkey::ctl
