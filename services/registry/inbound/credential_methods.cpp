// SPDX-License-Identifier: Apache-2.0
#include <functional>

#include <algorithm>

#include "inbound/json.hpp"
#include "inbound/rpc_methods.hpp"
#include "inbound/rpc_shapes.hpp"
#include "usecases/manage_credentials.hpp"

namespace turnkey::registry {
namespace {

using contracts::Json;
using contracts::ObjectReader;
using core::Result;

constexpr std::size_t kAccessKeyLength = 36;
constexpr std::int64_t kMostOverlap_s = 30 * 24 * 3600;

// Each range once, in the order given.
std::optional<std::vector<core::AddressRange>> read_ranges(ObjectReader& in) {
  const Json* list = in.optional_array("allowedAddresses", kMostAddressRanges);
  if (list == nullptr) return std::nullopt;
  std::vector<core::AddressRange> ranges;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const Json& item = (*list)[i];
    const auto range =
        item.is_string() ? core::AddressRange::parse(item.get_ref<const std::string&>()) : std::nullopt;
    if (!range) {
      in.wrong("allowedAddresses." + std::to_string(i), "malformed",
               "an address or a range such as 203.0.113.0/24 or 2001:db8::/32 is needed, with zeros behind "
               "its prefix");
    } else if (std::find(ranges.begin(), ranges.end(), *range) == ranges.end()) {
      ranges.push_back(*range);
    }
  }
  return ranges;
}

// A text that cannot be one is as unknown as a key that the device does not have: "".
std::string read_access_key(ObjectReader& in, const Json& request) {
  const auto it = request.find("accessKey");
  if (it == request.end() || !it->is_string()) {
    in.wrong("accessKey", "wrong_type", "a text is needed");
    return {};
  }
  const auto& text = it->get_ref<const std::string&>();
  const bool possible =
      text.size() == kAccessKeyLength && text.find_first_not_of("0123456789abcdef-") == std::string::npos;
  return possible ? text : std::string();
}

Result<Json> on_list_credentials(const Context& context, const Json& request) {
  ObjectReader in(request);
  const auto actor = read_actor(in);
  const auto serial = read_serial(in, request);
  if (!in.ok()) return in.error();
  return items_reply(list_credentials(context, actor, serial));
}

Result<Json> on_add_credential(const Context& context, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"actor", "serial", "overlap_s", "allowedAddresses", "idempotencyKey"});
  NewCredential wanted;
  wanted.actor = read_actor(in);
  wanted.serial = read_serial(in, request);
  if (const auto overlap_s = in.optional_integer("overlap_s", 0, kMostOverlap_s))
    wanted.overlap = std::chrono::seconds(*overlap_s);
  wanted.allowed_addresses = read_ranges(in).value_or(std::vector<core::AddressRange>{});
  wanted.idempotency_key = in.text("idempotencyKey", 1, 128);
  if (!in.ok()) return in.error();
  const auto added = add_credential(context, wanted);
  if (!added) return added.error();
  return Json{{"credential", to_json(added->shown)}, {"accessSecret", added->access_secret}};
}

Result<Json> on_update_credential(const Context& context, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"actor", "serial", "accessKey", "disabled", "allowedAddresses", "validUntil"});
  CredentialEdit edit;
  edit.actor = read_actor(in);
  edit.serial = read_serial(in, request);
  edit.access_key = read_access_key(in, request);
  edit.disabled = in.optional_boolean("disabled");
  edit.allowed_addresses = read_ranges(in);
  if (request.contains("validUntil")) edit.valid_until = in.optional_time("validUntil");
  if (!in.ok()) return in.error();
  const auto credential = update_credential(context, edit);
  if (!credential) return credential.error();
  return Json{{"credential", to_json(*credential)}};
}

Result<Json> on_revoke_credential(const Context& context, const Json& request) {
  ObjectReader in(request);
  const auto actor = read_actor(in);
  const auto serial = read_serial(in, request);
  const auto access_key = read_access_key(in, request);
  if (!in.ok()) return in.error();
  return empty_reply(revoke_credential(context, actor, serial, access_key));
}

}  // namespace

void add_credential_methods(bus::RpcServer& server, const Context& context) {
  static constexpr Method<Context> kMethods[] = {
      {"list_credentials", on_list_credentials},
      {"add_credential", on_add_credential},
      {"update_credential", on_update_credential},
      {"revoke_credential", on_revoke_credential},
  };
  add_methods(server, kMethods, std::cref(context));
}

}  // namespace turnkey::registry
