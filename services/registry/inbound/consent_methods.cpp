// SPDX-License-Identifier: Apache-2.0
#include <functional>

#include "inbound/json.hpp"
#include "inbound/rpc_methods.hpp"
#include "inbound/rpc_shapes.hpp"
#include "usecases/ask_consent.hpp"

namespace turnkey::registry {
namespace {

using contracts::Json;
using contracts::ObjectReader;
using core::Result;

constexpr std::size_t kLongestNote = 500;  // characters

int read_limit(ObjectReader& in) {
  return static_cast<int>(in.optional_integer("limit", 1, 200).value_or(50));
}

Result<Json> on_ask_consent(const Context& context, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"actor", "serial", "note"});
  const auto actor = read_actor(in);
  const auto serial = read_serial(in, request);
  const auto note = in.optional_text("note", 0, kLongestNote).value_or("");
  if (!in.ok()) return in.error();
  return empty_reply(ask_consent(context, actor, serial, note));
}

Result<Json> on_list_consent_requests(const Context& context, const Json& request) {
  ObjectReader in(request);
  const auto actor = read_actor(in);
  pg_consents::Filter filter;
  const auto state = in.optional_text("state", 0, 32).value_or("");
  if (!state.empty() && state != "open") in.wrong("state", "unknown", "open, or nothing, is needed");
  filter.open_only = state == "open";
  filter.after = in.optional_id<ConsentRequestId>("cursor");
  filter.limit = read_limit(in);
  if (!in.ok()) return in.error();
  return page_reply(list_consent_requests(context, actor, filter));
}

Result<Json> decide(const Context& context, const Json& request, Decision decision) {
  ObjectReader in(request);
  in.allow_only({"actor", "id"});
  const auto actor = read_actor(in);
  const auto id = in.id<ConsentRequestId>("id");
  if (!in.ok()) return in.error();
  const auto decided = decide_consent(context, actor, id, decision);
  if (!decided) return decided.error();
  return Json{{"request", to_json(*decided)}};
}

Result<Json> on_grant_consent(const Context& context, const Json& request) {
  return decide(context, request, Decision::grant);
}

Result<Json> on_decline_consent(const Context& context, const Json& request) {
  return decide(context, request, Decision::decline);
}

Result<Json> on_list_notices(const Context& context, const Json& request) {
  ObjectReader in(request);
  const auto actor = read_actor(in);
  WantedNotices wanted;
  const auto state = in.optional_text("state", 0, 32).value_or("");
  if (!state.empty() && state != "unread") in.wrong("state", "unknown", "unread, or nothing, is needed");
  wanted.unread_only = state == "unread";
  wanted.after = in.optional_id<NoticeId>("cursor");
  wanted.limit = read_limit(in);
  if (!in.ok()) return in.error();
  return page_reply(list_notices(context, actor, wanted));
}

Result<Json> on_mark_notice_read(const Context& context, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"actor", "id"});
  const auto actor = read_actor(in);
  const auto id = in.id<NoticeId>("id");
  if (!in.ok()) return in.error();
  return empty_reply(mark_notice_read(context, actor, id));
}

}  // namespace

void add_consent_methods(bus::RpcServer& server, const Context& context) {
  static constexpr Method<Context> kMethods[] = {
      {"ask_consent", on_ask_consent},     {"list_consent_requests", on_list_consent_requests},
      {"grant_consent", on_grant_consent}, {"decline_consent", on_decline_consent},
      {"list_notices", on_list_notices},   {"mark_notice_read", on_mark_notice_read},
  };
  add_methods(server, kMethods, std::cref(context));
}

}  // namespace turnkey::registry
