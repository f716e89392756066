// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <functional>

#include "core/hash.hpp"
#include "inbound/json.hpp"
#include "inbound/rpc_methods.hpp"
#include "inbound/rpc_shapes.hpp"
#include "usecases/append_ledger.hpp"
#include "usecases/read_ledger.hpp"

namespace turnkey::registry {
namespace {

using contracts::Json;
using contracts::ObjectReader;
using core::Result;

constexpr std::int64_t kMostVerified = 100'000;  // lines; a few seconds
constexpr std::size_t kHashBytes = 32;

std::optional<std::int64_t> seq_of(std::string_view text) {
  std::int64_t seq = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seq);
  if (error != std::errc() || end != text.data() + text.size() || seq < 1) return std::nullopt;
  return seq;
}

std::string cursor_of(const pg_ledger::Link& link) {
  return std::to_string(link.seq) + "." + core::to_hex(link.hash);
}

pg_ledger::Link read_link(ObjectReader& in) {
  const std::string text = in.optional_text("cursor", 0, 85).value_or("");  // 20 digits and 64 hex characters
  if (text.empty()) return {};
  const std::size_t dot = std::min(text.find('.'), text.size());
  const auto seq = seq_of(std::string_view(text).substr(0, dot));
  const auto hash = dot < text.size() ? core::from_hex(text.substr(dot + 1)) : std::nullopt;
  if (!seq || !hash || hash->size() != kHashBytes) {
    in.wrong("cursor", "malformed", "the nextCursor of the page before is needed");
    return {};
  }
  return {*seq, *hash};
}

Result<Json> on_get_ledger(const Context& context, const Json& request) {
  ObjectReader in(request);
  const auto actor = read_actor(in);
  const auto serial = read_serial(in, request);
  const auto before = read_cursor(in);
  const auto limit = static_cast<int>(in.optional_integer("limit", 1, 200).value_or(50));
  if (!in.ok()) return in.error();
  const auto page = get_ledger(context, actor, serial, before, limit);
  if (!page) return page.error();
  return to_json(*page);
}

Result<Json> on_list_ledger(const Context& context, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"actor", "group", "act", "serial", "person", "from", "to", "cursor", "limit"});
  const auto actor = read_actor(in);
  pg_ledger::Filter filter;
  const bool of_one = in.present("serial");
  if (of_one) filter.serial = read_serial(in, request);
  filter.person = in.optional_id<core::UserId>("person");
  filter.group = in.optional_id<core::GroupId>("group");
  filter.act = in.optional_text("act", 0, 64).value_or("");
  filter.from = in.optional_time("from");
  filter.to = in.optional_time("to");
  filter.before_seq = read_cursor(in);
  filter.limit = static_cast<int>(in.optional_integer("limit", 1, 200).value_or(50));
  if (!in.ok()) return in.error();
  if (of_one && filter.serial.empty()) return to_json(LedgerPage{});  // a text that no serial is
  const auto page = list_ledger(context, actor, filter);
  if (!page) return page.error();
  return to_json(*page);
}

Result<Json> on_export_ledger(const Context& context, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"actor", "afterSeq", "throughSeq", "from", "to"});
  const auto actor = read_actor(in);
  const WantedExport wanted{{in.optional_integer("afterSeq", 0, INT64_MAX).value_or(0),
                             in.optional_integer("throughSeq", 0, INT64_MAX).value_or(INT64_MAX)},
                            in.optional_time("from"),
                            in.optional_time("to")};
  if (!in.ok()) return in.error();
  const auto page = export_ledger(context, actor, wanted);
  if (!page) return page.error();
  Json items = Json::array();
  for (const auto& line : page->lines)
    items.push_back({{"seq", line.seq}, {"line", line.line}, {"hash", line.hash_hex}});
  return Json{{"items", items}, {"more", page->more}, {"throughSeq", page->through_seq}};
}

Result<Json> on_append_ledger(const Context& context, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"idempotencyKey", "at", "act", "deviceId", "serial", "userId", "provisioningId", "detail"});
  LedgerEntry entry;
  entry.idempotency_key = in.text("idempotencyKey", 1, 128);
  entry.at = in.time("at");
  entry.act = in.text("act", 1, 64);
  entry.device_id = in.optional_id<core::DeviceId>("deviceId");
  entry.serial = in.optional_text("serial", 0, 64).value_or("");
  entry.user_id = in.optional_id<core::UserId>("userId");
  entry.provisioning_id = in.optional_id<core::ProvisioningId>("provisioningId");
  if (const Json* detail = in.optional_object("detail")) entry.detail = *detail;
  if (!in.ok()) return in.error();
  return Json{{"seq", append_ledger(context, entry)}};
}

Result<Json> on_verify_ledger(const Context& context, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"actor", "cursor", "limit"});
  const auto actor = read_actor(in);
  const auto after = read_link(in);
  const auto most = in.optional_integer("limit", 1, kMostVerified).value_or(kMostVerified);
  if (!in.ok()) return in.error();
  const auto verdict = verify_ledger(context, actor, after, most);
  if (!verdict) return verdict.error();
  Json reply = {{"lines", verdict->lines}, {"ok", !verdict->first_broken.has_value()}};
  if (verdict->first_broken) reply["firstBroken"] = *verdict->first_broken;
  if (verdict->next) reply["nextCursor"] = cursor_of(*verdict->next);
  return reply;
}

}  // namespace

std::int64_t read_cursor(ObjectReader& in) {
  const std::string text = in.optional_text("cursor", 0, 20).value_or("");
  const auto seq = seq_of(text);
  if (!text.empty() && !seq) in.wrong("cursor", "malformed", "the nextCursor of the page before is needed");
  return seq.value_or(0);
}

void add_ledger_methods(bus::RpcServer& server, const Context& context) {
  static constexpr Method<Context> kMethods[] = {
      {"get_ledger", on_get_ledger},       {"list_ledger", on_list_ledger},
      {"export_ledger", on_export_ledger}, {"append_ledger", on_append_ledger},
      {"verify_ledger", on_verify_ledger},
  };
  add_methods(server, kMethods, std::cref(context));
}

}  // namespace turnkey::registry
