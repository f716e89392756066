// SPDX-License-Identifier: Apache-2.0
#include "core/serial.hpp"
#include "domain/api_token.hpp"
#include "domain/tags.hpp"
#include "inbound/json.hpp"
#include "inbound/rpc_methods.hpp"
#include "inbound/rpc_shapes.hpp"
#include "inbound/user_fields.hpp"
#include "usecases/administer_groups.hpp"
#include "usecases/administer_users.hpp"
#include "usecases/change_account.hpp"
#include "usecases/sign_in.hpp"

namespace turnkey::registry {
namespace {

using contracts::Json;
using contracts::ObjectReader;
using core::Result;

constexpr std::size_t kMaxGroupsOfUser = 64;

Result<Json> on_sign_in(const RpcDependencies& d, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"email", "password", "remoteAddress"});
  const Credential credential{in.text("email", 1, 254), in.text("password", 1, 256),
                              in.text("remoteAddress", 1, 64)};
  if (!in.ok()) return in.error();
  const auto session = sign_in(d.context, d.hasher, credential);
  if (!session) return session.error();
  return Json{{"user", to_json(session->user)},
              {"sessionToken", session->session_token},
              {"expiresAt", core::to_iso(session->expires_at)}};
}

Result<Json> on_sign_out(const RpcDependencies& d, const Json& request) {
  ObjectReader in(request);
  const std::string token = in.text("sessionToken", 64, 64);
  if (!in.ok()) return in.error();
  return empty_reply(sign_out(d.context, token));
}

Result<Json> on_get_session(const RpcDependencies& d, const Json& request) {
  ObjectReader in(request);
  const std::string token = in.text("sessionToken", 64, kApiTokenLength);
  if (!in.ok()) return core::unauthorized();
  const auto session = get_session(d.context, token);
  if (!session) return session.error();
  Json reply = {{"user", to_json(session->user)}, {"expiresAt", core::to_iso(session->expires_at)}};
  if (session->scopes) reply["scopes"] = *session->scopes;
  return reply;
}

Result<Json> on_create_first_operator(const RpcDependencies& d, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"token", "email", "password", "name"});
  const FirstOperator wanted{in.text("token", 1, 256), in.text("email", 1, 254), in.text("name", 1, 255),
                             in.text("password", 1, 256)};
  if (!in.ok()) return in.error();
  const auto user = create_first_operator(d.context, d.hasher, d.first_operator_token, wanted);
  if (!user) return user.error();
  return Json{{"user", to_json(*user)}};
}

std::optional<NewPassword> read_new_password(ObjectReader& in) {
  const Json* password = in.optional_object("password");
  if (password == nullptr) return std::nullopt;
  ObjectReader inner(*password, "password");
  inner.allow_only({"current", "new"});
  NewPassword wanted{inner.text("current", 1, 256), inner.text("new", 1, 256)};
  for (auto& error : inner.take_errors()) in.wrong(error.field, error.code, error.message);
  return wanted;
}

Result<Json> on_change_account(const RpcDependencies& d, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"sessionToken", "remoteAddress", "name", "password"});
  AccountChange wanted{in.text("sessionToken", 64, 64), in.text("remoteAddress", 1, 64)};
  wanted.name = in.optional_text("name", 1, 255);
  wanted.password = read_new_password(in);
  if (!in.ok()) return in.error();
  const auto user = change_account(d.context, d.hasher, wanted);
  if (!user) return user.error();
  return Json{{"user", to_json(*user)}};
}

Result<Json> group_reply(const Result<Group>& group) {
  if (!group) return group.error();
  return Json{{"group", to_json(*group)}};
}

Result<Json> on_list_groups(const RpcDependencies& d, const Json& request) {
  ObjectReader in(request);
  const auto actor = read_actor(in);
  if (!in.ok()) return in.error();
  const auto seen = list_groups(d.context, actor);
  if (!seen) return seen.error();
  Json reply = Json::object();
  reply["items"] = tree_of(seen->groups);  // moved: a list of values would copy the tree
  if (seen->stock)
    reply["stock"] = {{"deviceCount", seen->stock->devices}, {"connectedCount", seen->stock->connected}};
  return reply;
}

std::optional<std::string> read_group_name(ObjectReader& in) {
  const auto name = in.optional_text("name", 1, 255);
  if (name && name->find('/') != std::string::npos)
    in.wrong("name", "bad_character", "the character / is not allowed");
  return name;
}

Result<Json> on_create_group(const RpcDependencies& d, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"actor", "name", "parentId"});
  const auto actor = read_actor(in);
  const auto name = read_group_name(in);
  const auto parent = in.optional_id<core::GroupId>("parentId");
  if (!name) in.wrong("name", "required", "this field is needed");
  if (!in.ok()) return in.error();
  return group_reply(create_group(d.context, actor, *name, parent));
}

Result<Json> on_update_group(const RpcDependencies& d, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"actor", "id", "name", "parentId"});
  const auto actor = read_actor(in);
  const auto id = in.id<core::GroupId>("id");
  GroupChange change{read_group_name(in), request.contains("parentId"),
                     in.optional_id<core::GroupId>("parentId")};
  if (!change.name && !change.moves) in.wrong("name", "required", "a name or a parentId is needed");
  if (!in.ok()) return in.error();
  return group_reply(change_group(d.context, actor, id, change));
}

Result<Json> on_delete_group(const RpcDependencies& d, const Json& request) {
  ObjectReader in(request);
  const auto actor = read_actor(in);
  const auto id = in.id<core::GroupId>("id");
  if (!in.ok()) return in.error();
  return empty_reply(delete_group(d.context, actor, id));
}

std::optional<std::vector<core::GroupId>> read_group_ids(ObjectReader& in) {
  const Json* list = in.optional_array("groupIds", kMaxGroupsOfUser);
  if (list == nullptr) return std::nullopt;
  std::vector<core::GroupId> ids;
  for (const Json& item : *list) {
    const auto id =
        item.is_string() ? core::GroupId::parse(item.get_ref<const std::string&>()) : std::nullopt;
    if (!id) in.wrong("groupIds", "malformed", "ids of groups are needed");
    if (id && std::find(ids.begin(), ids.end(), *id) == ids.end()) ids.push_back(*id);
  }
  return ids;
}

Result<Json> user_reply(const Result<User>& user) {
  if (!user) return user.error();
  return Json{{"user", to_json(*user)}};
}

Result<Json> on_list_users(const RpcDependencies& d, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"actor", "q", "cursor", "limit"});
  const auto actor = read_actor(in);
  pg_people::Filter filter;
  filter.q = in.optional_text("q", 0, 255).value_or("");
  filter.after_email = in.optional_text("cursor", 0, 254).value_or("");
  filter.limit = static_cast<int>(in.optional_integer("limit", 1, 200).value_or(200));
  if (!in.ok()) return in.error();
  return page_reply(list_users(d.context, actor, filter));
}

Result<Json> on_create_user(const RpcDependencies& d, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"actor", "email", "name", "password", "role", "tags", "groupIds"});
  const auto actor = read_actor(in);
  const UserFields fields = read_user_fields(in);
  if (!in.ok()) return in.error();
  return user_reply(create_user(d.context, d.hasher, actor, fields));
}

Result<Json> on_update_user(const RpcDependencies& d, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"actor", "id", "email", "name", "password", "role", "tags", "groupIds"});
  const auto actor = read_actor(in);
  const auto id = in.id<core::UserId>("id");
  const UserFields fields = read_user_fields(in);
  if (!in.ok()) return in.error();
  return user_reply(update_user(d.context, d.hasher, actor, id, fields));
}

Result<Json> on_delete_user(const RpcDependencies& d, const Json& request) {
  ObjectReader in(request);
  const auto actor = read_actor(in);
  const auto id = in.id<core::UserId>("id");
  if (!in.ok()) return in.error();
  return empty_reply(delete_user(d.context, actor, id));
}

}  // namespace

UserFields read_user_fields(ObjectReader& in) {
  UserFields fields;
  fields.email = in.optional_text("email", 1, 254);
  fields.name = in.optional_text("name", 1, 255);
  fields.password = in.optional_text("password", 1, 256);
  if (const auto role = in.optional_text("role", 1, 32)) {
    fields.role = role_from(*role);
    if (!fields.role) in.wrong("role", "unknown", "viewer, technician, admin or operator is needed");
  }
  if (const Json* tags = in.optional_object("tags")) fields.tags = read_tags(*tags, "tags", in);
  fields.group_ids = read_group_ids(in);
  return fields;
}

core::UserId read_actor(ObjectReader& in) {
  const Json* actor = in.object("actor");
  if (actor == nullptr) return {};
  ObjectReader inner(*actor, "actor");
  const auto id = inner.id<core::UserId>("userId");
  for (auto& error : inner.take_errors()) in.wrong(error.field, error.code, error.message);
  return id;
}

std::string read_serial(ObjectReader& in, const Json& request) {
  const auto it = request.find("serial");
  if (it == request.end() || !it->is_string()) {
    in.wrong("serial", "wrong_type", "a text is needed");
    return {};
  }
  const auto serial = core::Serial::parse(it->get_ref<const std::string&>());
  return serial ? serial->str() : std::string();
}

void add_people_methods(bus::RpcServer& server, const RpcDependencies& dependencies) {
  static constexpr Method<RpcDependencies> kMethods[] = {
      {"sign_in", on_sign_in},
      {"sign_out", on_sign_out},
      {"get_session", on_get_session},
      {"create_first_operator", on_create_first_operator},
      {"change_account", on_change_account},
      {"list_groups", on_list_groups},
      {"create_group", on_create_group},
      {"update_group", on_update_group},
      {"delete_group", on_delete_group},
      {"list_users", on_list_users},
      {"create_user", on_create_user},
      {"update_user", on_update_user},
      {"delete_user", on_delete_user},
  };
  add_methods(server, kMethods, dependencies);
}

}  // namespace turnkey::registry
