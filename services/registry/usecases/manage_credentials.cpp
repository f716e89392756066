// SPDX-License-Identifier: Apache-2.0
#include "usecases/manage_credentials.hpp"

#include <algorithm>

#include "core/hash.hpp"
#include "core/random.hpp"
#include "outbound/events.hpp"
#include "outbound/pg_credentials.hpp"
#include "outbound/pg_devices.hpp"
#include "outbound/pg_ledger.hpp"
#include "outbound/pg_people.hpp"

namespace turnkey::registry {
namespace {

using contracts::Json;

constexpr int kMostShown = 100;
constexpr std::chrono::hours kRepeatable{1};

struct Administered {
  User actor;
  Device device;
};

core::Result<Administered> find_administered(pqxx::work& tx, const core::UserId& actor_id,
                                             const std::string& serial) {
  const auto actor = load_actor(tx, actor_id);
  if (!actor) return actor.error();
  const auto device = pg_devices::find_by_serial(tx, serial);
  if (!device || !actor->may_administer() || !device->visible_to(*actor)) return core::not_found();
  return Administered{*actor, *device};
}

// Under the device's lock. Looked at before it too: what is not theirs must not be told by how long the
// answer takes.
core::Result<Administered> lock_administered(pqxx::work& tx, const core::UserId& actor_id,
                                             const std::string& serial) {
  const auto before = find_administered(tx, actor_id, serial);
  if (!before) return before.error();
  pg_devices::lock(tx, before->device.id);
  return find_administered(tx, actor_id, serial);
}

// Since when keys that are gone are the reader's to see; nothing: always.
std::optional<core::Timestamp> visible_since(const Administered& theirs) {
  return theirs.actor.is_operator() ? std::nullopt : theirs.device.provisioned_at;
}

std::optional<DeviceCredential> find_theirs(pqxx::work& tx, const Administered& theirs,
                                            const std::string& access_key) {
  auto credential = pg_credentials::find(tx, theirs.device.id, access_key);
  const auto since = visible_since(theirs);
  if (credential && credential->revoked_at && since && *credential->revoked_at < *since) return std::nullopt;
  return credential;
}

// People of a former owner stay nameless.
ShownCredential shown(pqxx::work& tx, const Administered& theirs, DeviceCredential credential,
                      core::Timestamp now) {
  std::optional<User> creator;
  if (credential.created_by) creator = pg_people::find(tx, *credential.created_by);
  const bool known = creator && (theirs.actor.is_operator() || creator->sees(theirs.device.group_path));
  const auto state = credential.state(now);
  return {std::move(credential), state, known ? std::move(creator) : std::nullopt};
}

Json to_json(const std::vector<core::AddressRange>& ranges) {
  Json list = Json::array();
  for (const auto& range : ranges) list.push_back(range.str());
  return list;
}

// What one request changes about the keys of a device: written at one revision, told to the broker in one
// message, one line of the ledger a key.
class KeyChanges {
 public:
  KeyChanges(pqxx::work& tx, const Administered& theirs, core::Timestamp now)
      : tx_(tx), theirs_(theirs), now_(now) {}

  void add(const DeviceCredential& credential, Json detail, std::string idempotency_key) {
    pg_credentials::insert(tx_, credential, revision());
    note("credential.added", credential, std::move(detail));
    lines_.back().idempotency_key = std::move(idempotency_key);
  }
  void change(const DeviceCredential& credential, Json detail) {
    pg_credentials::update(tx_, credential, revision());
    note("credential.changed", credential, std::move(detail));
  }
  void revoke(DeviceCredential credential) {
    credential.revoked_at = now_;
    pg_credentials::update(tx_, credential, revision());
    note("credential.revoked", credential, Json::object());
  }
  // The lock of the ledger comes last.
  void write() {
    if (lines_.empty()) return;
    events::credentials_changed(tx_, told_);
    pg_ledger::append(tx_, lines_);
  }

 private:
  std::int64_t revision() {
    if (told_.revision == 0) told_.revision = pg_devices::next_revisions(tx_);
    return told_.revision;
  }
  void note(std::string act, const DeviceCredential& credential, Json detail) {
    told_.changes.push_back(pg_credentials::change_of(credential));
    LedgerEntry entry;
    entry.act = std::move(act);
    entry.at = now_;
    entry.device_id = theirs_.device.id;
    entry.serial = theirs_.device.serial;
    entry.user_id = theirs_.actor.id;
    entry.detail = std::move(detail);
    entry.detail["accessKey"] = credential.access_key;
    lines_.push_back(std::move(entry));
  }

  pqxx::work& tx_;
  const Administered& theirs_;
  const core::Timestamp now_;
  contracts::CredentialChanges told_{};
  std::vector<LedgerEntry> lines_{};
};

core::Error too_many_keys() {
  return core::conflict("A device may have at most " + std::to_string(kMostActiveKeys) +
                            " active keys, and a few disabled ones. Revoke one first.",
                        "too_many_keys");
}

bool too_many(const std::vector<DeviceCredential>& keys, core::Timestamp now) {
  const auto active =
      std::count_if(keys.begin(), keys.end(), [&](const DeviceCredential& key) { return key.active(now); });
  const auto usable =
      std::count_if(keys.begin(), keys.end(), [&](const DeviceCredential& key) { return key.usable(now); });
  return active > static_cast<std::ptrdiff_t>(kMostActiveKeys) ||
         usable > static_cast<std::ptrdiff_t>(kMostUsableKeys);
}

// The other active keys end at `end`; those that end sooner keep their end.
void end_at(std::vector<DeviceCredential>& keys, core::Timestamp end, core::Timestamp now) {
  for (DeviceCredential& key : keys) {
    if (key.active(now) && (!key.valid_until || *key.valid_until > end)) key.valid_until = end;
  }
}

Json detail_of(const NewCredential& wanted) {
  Json detail = {{"allowedAddresses", to_json(wanted.allowed_addresses)}};
  if (wanted.overlap) detail["overlap_s"] = wanted.overlap->count();
  return detail;
}

DeviceCredential new_key(const Administered& theirs, const NewCredential& wanted, const std::string& secret,
                         core::Timestamp now) {
  DeviceCredential credential;
  credential.access_key = core::random_uuid();
  credential.device_id = theirs.device.id;
  credential.secret_hash_hex = core::sha256_hex(secret);
  credential.created_at = now;
  credential.created_by = theirs.actor.id;
  credential.allowed_addresses = wanted.allowed_addresses;
  return credential;
}

// The first reply was lost: the same key gets another secret in place of the one that nobody has.
core::Result<AddedCredential> add_again(pqxx::work& tx, const Administered& theirs,
                                        const NewCredential& wanted, Json line, core::Timestamp now) {
  const auto used = core::conflict("This key was used for another request.", "idempotency_key_used");
  const auto at = core::from_iso(line["at"].get<std::string>());
  Json detail = std::move(line["detail"]);
  const std::string access_key = detail["accessKey"];
  detail.erase("accessKey");
  auto credential = find_theirs(tx, theirs, access_key);
  if (!credential || !credential->usable(now) || detail != detail_of(wanted) || now - *at > kRepeatable)
    return used;
  const std::string secret = core::random_hex(32);
  credential->secret_hash_hex = core::sha256_hex(secret);
  KeyChanges changes(tx, theirs, now);
  changes.change(*credential, {{"secret", "renewed"}});
  changes.write();
  return AddedCredential{shown(tx, theirs, *credential, now), secret};
}

// What differs, as the ledger has it.
Json apply_edit(DeviceCredential& credential, const CredentialEdit& edit) {
  Json detail = Json::object();
  if (edit.disabled && *edit.disabled != credential.disabled)
    detail["disabled"] = credential.disabled = *edit.disabled;
  if (edit.allowed_addresses && *edit.allowed_addresses != credential.allowed_addresses) {
    credential.allowed_addresses = *edit.allowed_addresses;
    detail["allowedAddresses"] = to_json(credential.allowed_addresses);
  }
  if (edit.valid_until && *edit.valid_until != credential.valid_until) {
    credential.valid_until = *edit.valid_until;
    detail["validUntil"] =
        credential.valid_until ? Json(core::to_iso(*credential.valid_until)) : Json(nullptr);
  }
  return detail;
}

}  // namespace

core::Result<std::vector<ShownCredential>> list_credentials(const Context& context, const core::UserId& actor,
                                                            const std::string& serial) {
  using Shown = std::vector<ShownCredential>;
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<Shown> {
    const auto theirs = find_administered(tx, actor, serial);
    if (!theirs) return theirs.error();
    const core::Timestamp now = context.clock.now();
    Shown all;
    for (auto& credential :
         pg_credentials::of_device(tx, theirs->device.id, now, visible_since(*theirs), kMostShown))
      all.push_back(shown(tx, *theirs, std::move(credential), now));
    return all;
  });
}

core::Result<AddedCredential> add_credential(const Context& context, const NewCredential& wanted) {
  return change(context, [&](pqxx::work& tx) -> core::Result<AddedCredential> {
    const auto theirs = lock_administered(tx, wanted.actor, wanted.serial);
    if (!theirs) return theirs.error();
    const core::Timestamp now = context.clock.now();
    const std::string line_key =
        "credential " + theirs->device.id.str() + " " + wanted.actor.str() + " " + wanted.idempotency_key;
    if (const auto line = pg_ledger::find(tx, line_key))
      return add_again(tx, *theirs, wanted, Json::parse(*line), now);
    const std::string secret = core::random_hex(32);
    const DeviceCredential fresh = new_key(*theirs, wanted, secret, now);
    const auto before = pg_credentials::unrevoked_of(tx, theirs->device.id);
    auto after = before;
    if (wanted.overlap) end_at(after, now + *wanted.overlap, now);
    after.push_back(fresh);
    if (too_many(after, now)) return too_many_keys();
    KeyChanges changes(tx, *theirs, now);
    for (std::size_t i = 0; i < before.size(); ++i) {
      if (after[i].valid_until == before[i].valid_until) continue;
      // What ends now ends for good, whatever the clock of the broker says.
      if (after[i].ended(now)) {
        changes.revoke(before[i]);
      } else {
        changes.change(after[i], {{"validUntil", core::to_iso(*after[i].valid_until)}});
      }
    }
    changes.add(fresh, detail_of(wanted), line_key);
    changes.write();
    return AddedCredential{shown(tx, *theirs, fresh, now), secret};
  });
}

core::Result<ShownCredential> update_credential(const Context& context, const CredentialEdit& edit) {
  return change(context, [&](pqxx::work& tx) -> core::Result<ShownCredential> {
    const auto theirs = lock_administered(tx, edit.actor, edit.serial);
    if (!theirs) return theirs.error();
    const core::Timestamp now = context.clock.now();
    auto credential = find_theirs(tx, *theirs, edit.access_key);
    if (!credential) return core::not_found();
    if (credential->revoked_at) return core::conflict("This key was revoked for good.", "key_revoked");
    Json detail = apply_edit(*credential, edit);
    auto keys = pg_credentials::unrevoked_of(tx, theirs->device.id);
    const bool before = too_many(keys, now);
    for (DeviceCredential& key : keys) {
      if (key.access_key == credential->access_key) key = *credential;
    }
    if (!before && too_many(keys, now)) return too_many_keys();
    KeyChanges changes(tx, *theirs, now);
    if (!detail.empty()) changes.change(*credential, std::move(detail));
    changes.write();
    return shown(tx, *theirs, *credential, now);
  });
}

core::Result<core::Done> revoke_credential(const Context& context, const core::UserId& actor,
                                           const std::string& serial, const std::string& access_key) {
  return change(context, [&](pqxx::work& tx) -> core::Result<core::Done> {
    const auto theirs = lock_administered(tx, actor, serial);
    if (!theirs) return theirs.error();
    const auto credential = find_theirs(tx, *theirs, access_key);
    if (!credential) return core::not_found();
    KeyChanges changes(tx, *theirs, context.clock.now());
    if (!credential->revoked_at) changes.revoke(*credential);
    changes.write();
    return core::Done{};
  });
}

}  // namespace turnkey::registry
