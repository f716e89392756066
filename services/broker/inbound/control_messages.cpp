// SPDX-License-Identifier: Apache-2.0
#include "inbound/control_messages.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace turnkey::broker {
namespace {

using Json = nlohmann::json;

const Json& field(const Json& object, const char* name) {
  static const Json kNone;
  if (!object.is_object()) return kNone;
  const auto found = object.find(name);
  return found == object.end() ? kNone : *found;
}

std::string_view text(const Json& object, const char* name) {
  const Json& value = field(object, name);
  return value.is_string() ? std::string_view(value.get_ref<const std::string&>()) : std::string_view{};
}

// False when they are there and malformed. An empty list is: it could mean everybody or nobody.
bool read_limits(const Json& change, CredentialLimits& limits) {
  if (change.contains("validUntil")) {
    limits.valid_until = core::from_iso(text(change, "validUntil"));
    if (!limits.valid_until) return false;
  }
  if (!change.contains("allowedAddresses")) return true;
  const Json& allowed = field(change, "allowedAddresses");
  if (!allowed.is_array() || allowed.empty() || allowed.size() > kMostRanges) return false;
  for (const Json& item : allowed) {
    const auto range =
        item.is_string() ? core::AddressRange::parse(item.get_ref<const std::string&>()) : std::nullopt;
    if (!range) return false;
    limits.allowed.push_back(*range);
  }
  return true;
}

bool read_change(const Json& change, CredentialRow& row) {
  const auto key = AccessKey::parse(text(change, "accessKey"));
  if (!key) return false;
  row.key = *key;
  row.revoked = field(change, "revoked") == Json(true);
  if (row.revoked) return true;
  const bool of_integration = change.contains("integrationId");
  if (of_integration && change.contains("deviceId")) return false;
  const auto device = DeviceId::parse(text(change, of_integration ? "integrationId" : "deviceId"));
  row.credential.holder = of_integration ? Holder::integration : Holder::device;
  const auto hash = core::from_hex(text(change, "secretHash"));
  if (!device || !hash || hash->size() != row.credential.secret_hash.size()) return false;
  row.credential.device = *device;
  std::copy(hash->begin(), hash->end(), row.credential.secret_hash.begin());
  return read_limits(change, row.limits);
}

bool read_range(const Json& item, SpooledRange& range) {
  const Json& segment = field(item, "segment");
  const Json& from = field(item, "from");
  const Json& to = field(item, "to");
  range.journal = text(item, "journal");
  if (range.journal.empty() || !segment.is_number_unsigned() || !from.is_number_unsigned() ||
      !to.is_number_unsigned()) {
    return false;
  }
  range.segment = segment.get<std::uint64_t>();
  range.from = from.get<std::uint64_t>();
  range.to = to.get<std::uint64_t>();
  return true;
}

}  // namespace

core::Result<std::vector<CredentialRow>> decode_credential_changes(std::string_view payload) {
  const Json json = Json::parse(payload, nullptr, false);
  const Json& revision = field(json, "revision");
  const Json& changes = field(json, "changes");
  if (!revision.is_number_integer() || !changes.is_array()) {
    return core::invalid("a revision and changes are needed");
  }
  std::vector<CredentialRow> rows;
  rows.reserve(changes.size());
  for (const Json& change : changes) {
    CredentialRow row;
    if (!read_change(change, row)) return core::invalid("a change of credentials is malformed");
    row.revision = revision.get<std::int64_t>();
    rows.push_back(std::move(row));
  }
  return rows;
}

core::Result<JournalControl> decode_journal_control(std::string_view payload) {
  const Json json = Json::parse(payload, nullptr, false);
  JournalControl control;
  control.hello = field(json, "hello") == Json(true);
  const Json& spooled = field(json, "spooled");
  if (!control.hello && !spooled.is_array()) return core::invalid("hello or spooled is needed");
  if (!spooled.is_array()) return control;
  for (const Json& item : spooled) {
    SpooledRange range;
    if (!read_range(item, range)) return core::invalid("a range of spooled entries is malformed");
    control.spooled.push_back(std::move(range));
  }
  return control;
}

}  // namespace turnkey::broker
