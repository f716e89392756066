// SPDX-License-Identifier: Apache-2.0
// Invitations, resets, passes, and the links that go with them.
#include "inbound/json.hpp"
#include "inbound/rpc_methods.hpp"
#include "inbound/rpc_shapes.hpp"
#include "inbound/user_fields.hpp"
#include "usecases/invite_users.hpp"
#include "usecases/passes.hpp"

namespace turnkey::registry {
namespace {

using contracts::Json;
using contracts::ObjectReader;
using core::Result;

Json shown(const ShownPass& shown) {
  const auto& pass = shown.pass;
  Json by = nullptr;
  if (shown.created_by) by = {{"name", shown.created_by->name}, {"email", shown.created_by->email}};
  return {{"id", pass.id.str()},
          {"name", pass.name},
          {"groupId", pass.group_id.str()},
          {"notAfter", core::to_iso(pass.not_after)},
          {"createdAt", core::to_iso(pass.created_at)},
          {"createdBy", by}};
}

Result<Json> on_invite_user(const RpcDependencies& d, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"actor", "email", "name", "role", "tags", "groupIds"});
  const auto actor = read_actor(in);
  const UserFields fields = read_user_fields(in);
  if (!in.ok()) return in.error();
  const auto invited = invite_user(d.context, actor, fields);
  if (!invited) return invited.error();
  return Json{{"user", to_json(invited->user)},
              {"link", invited->link.link},
              {"expiresAt", core::to_iso(invited->link.expires_at)}};
}

Result<Json> on_reset_password(const RpcDependencies& d, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"actor", "id"});
  const auto actor = read_actor(in);
  const auto id = in.id<core::UserId>("id");
  if (!in.ok()) return in.error();
  const auto link = reset_password(d.context, actor, id);
  if (!link) return link.error();
  return Json{{"link", link->link}, {"expiresAt", core::to_iso(link->expires_at)}};
}

Result<Json> on_sign_out_user(const RpcDependencies& d, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"actor", "id"});
  const auto actor = read_actor(in);
  const auto id = in.id<core::UserId>("id");
  if (!in.ok()) return in.error();
  return empty_reply(sign_out_user(d.context, actor, id));
}

Result<Json> on_check_one_time_link(const RpcDependencies& d, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"token", "remoteAddress"});
  const ShownLink link{in.text("token", 1, 256), in.text("remoteAddress", 1, 64)};
  if (!in.ok()) return in.error();
  const auto view = check_link(d.context, d.first_operator_token, link);
  if (!view) return view.error();
  Json reply = {{"kind", to_string(view->kind)}};
  if (view->user) reply["name"] = view->user->name;
  if (view->user && !view->user->is_pass()) reply["email"] = view->user->email;
  if (view->expires_at) reply["expiresAt"] = core::to_iso(*view->expires_at);
  if (!view->group_name.empty()) reply["groupName"] = view->group_name;
  return reply;
}

Result<Json> on_redeem_one_time_link(const RpcDependencies& d, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"token", "password", "name", "email", "remoteAddress"});
  Redemption wanted;
  wanted.link = {in.text("token", 1, 256), in.text("remoteAddress", 1, 64)};
  wanted.password = in.optional_text("password", 1, 256);
  wanted.name = in.optional_text("name", 1, 255);
  wanted.email = in.optional_text("email", 1, 254);
  if (!in.ok()) return in.error();
  const auto session = redeem_link(d.context, d.hasher, d.first_operator_token, wanted);
  if (!session) return session.error();
  return Json{{"user", to_json(session->user)},
              {"sessionToken", session->session_token},
              {"expiresAt", core::to_iso(session->expires_at)}};
}

Result<Json> on_create_pass(const RpcDependencies& d, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"actor", "groupId", "name", "notAfter"});
  const auto actor = read_actor(in);
  const NewPass wanted{in.id<core::GroupId>("groupId"), in.text("name", 1, 255), in.time("notAfter")};
  if (!in.ok()) return in.error();
  const auto made = create_pass(d.context, actor, wanted);
  if (!made) return made.error();
  return Json{{"pass", shown(made->shown)}, {"link", made->link.link}};
}

Result<Json> on_list_passes(const RpcDependencies& d, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"actor", "cursor", "limit"});
  const auto actor = read_actor(in);
  const auto cursor = in.optional_text("cursor", 0, 24).value_or("");
  const auto limit = static_cast<int>(in.optional_integer("limit", 1, 200).value_or(200));
  if (!in.ok()) return in.error();
  return page_reply(list_passes(d.context, actor, cursor, limit), shown);
}

Result<Json> on_delete_pass(const RpcDependencies& d, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"actor", "id"});
  const auto actor = read_actor(in);
  const auto id = in.id<core::UserId>("id");
  if (!in.ok()) return in.error();
  return empty_reply(delete_pass(d.context, actor, id));
}

}  // namespace

void add_link_methods(bus::RpcServer& server, const RpcDependencies& dependencies) {
  static constexpr Method<RpcDependencies> kMethods[] = {
      {"invite_user", on_invite_user},
      {"reset_password", on_reset_password},
      {"sign_out_user", on_sign_out_user},
      {"check_one_time_link", on_check_one_time_link},
      {"redeem_one_time_link", on_redeem_one_time_link},
      {"create_pass", on_create_pass},
      {"list_passes", on_list_passes},
      {"delete_pass", on_delete_pass},
  };
  add_methods(server, kMethods, dependencies);
}

}  // namespace turnkey::registry
