// SPDX-License-Identifier: Apache-2.0
#include <functional>

#include "inbound/json.hpp"
#include "inbound/rpc_methods.hpp"
#include "inbound/rpc_shapes.hpp"
#include "usecases/api_tokens.hpp"

namespace turnkey::registry {
namespace {

using contracts::Json;
using contracts::ObjectReader;
using core::Result;

constexpr std::size_t kMostScopes = 32;

Json shown(const ApiToken& token) {
  return {{"id", token.id.str()},
          {"userId", token.user_id.str()},
          {"name", token.name},
          {"scopes", token.scopes},
          {"createdAt", core::to_iso(token.created_at)},
          {"expiresAt", core::to_iso(token.expires_at)},
          {"lastUsedAt", optional_time(token.last_used_at)}};
}

std::vector<std::string> read_texts(ObjectReader& in, const char* name) {
  std::vector<std::string> texts;
  const Json* list = in.array(name, kMostScopes);
  if (list == nullptr) return texts;
  for (const Json& item : *list) {
    if (!item.is_string()) {
      in.wrong(name, "wrong_type", "texts are needed");
      return {};
    }
    texts.push_back(item.get<std::string>());
  }
  return texts;
}

Result<Json> on_create_token(const Context& context, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"actor", "name", "scopes", "expiresAt", "within"});
  const auto actor = read_actor(in);
  NewToken wanted{in.text("name", 1, 100), read_texts(in, "scopes"), in.time("expiresAt")};
  if (in.present("within")) wanted.within = read_texts(in, "within");
  if (!in.ok()) return in.error();
  const auto made = create_token(context, actor, wanted);
  if (!made) return made.error();
  return Json{{"token", shown(made->token)}, {"secret", made->secret}};
}

Result<Json> on_list_tokens(const Context& context, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"actor", "all", "cursor", "limit"});
  const auto actor = read_actor(in);
  const bool all = in.optional_boolean("all").value_or(false);
  const auto cursor = in.optional_text("cursor", 0, 24).value_or("");
  const auto limit = static_cast<int>(in.optional_integer("limit", 1, 200).value_or(200));
  if (!in.ok()) return in.error();
  return page_reply(list_tokens(context, actor, all, cursor, limit), shown);
}

Result<Json> on_delete_token(const Context& context, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"actor", "id"});
  const auto actor = read_actor(in);
  const auto id = in.id<ApiTokenId>("id");
  if (!in.ok()) return in.error();
  return empty_reply(delete_token(context, actor, id));
}

}  // namespace

void add_token_methods(bus::RpcServer& server, const Context& context) {
  static constexpr Method<Context> kMethods[] = {
      {"create_token", on_create_token},
      {"list_tokens", on_list_tokens},
      {"delete_token", on_delete_token},
  };
  add_methods(server, kMethods, std::cref(context));
}

}  // namespace turnkey::registry
