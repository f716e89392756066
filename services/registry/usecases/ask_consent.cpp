// SPDX-License-Identifier: Apache-2.0
#include "usecases/ask_consent.hpp"

#include "contracts/json.hpp"
#include "core/random.hpp"
#include "outbound/pg_consents.hpp"
#include "outbound/pg_devices.hpp"
#include "outbound/pg_ledger.hpp"
#include "outbound/pg_people.hpp"
#include "usecases/ownership.hpp"

namespace turnkey::registry {
namespace {

using contracts::Json;

core::Error own_device() {
  return core::conflict(
      "This device is one that you see yourself, so there is nobody to ask. Have it released, then register "
      "it.",
      "own_device");
}

// What an entry of the outbox says.
struct Ask {
  std::string id;
  core::UserId user;
  std::string serial;
  std::string note;
};

Ask ask_of(const pg::OutboxEntry& entry) {
  const auto payload = Json::parse(entry.payload);
  return {payload.at("askId"), core::UserId::trusted(payload.at("userId")), payload.at("serial"),
          payload.at("note")};
}

bool can_be_asked(pqxx::work& tx, const User& requester, const Device& device) {
  return requester.may_provision() && device.owned() && !device.visible_to(requester) &&
         recipe_of(tx, device).transfer_policy == "consent";
}

// True when those who decide are to be told.
bool put(pqxx::work& tx, const Ask& ask, const Device& device, core::Timestamp now) {
  auto request = pg_consents::find(tx, device.id, ask.user);
  const bool stands = request && request->assignment_epoch == device.assignment_epoch && request->kept(now);
  bool told = true;
  if (stands) {
    told = request->ask_again(ask.note, now);
  } else {
    request = ConsentRequest{};
    request->id = ConsentRequestId::random();
    request->device_id = device.id;
    request->requester = ask.user;
    request->assignment_epoch = device.assignment_epoch;
    request->note = ask.note;
    request->asked_at = now;
  }
  pg_consents::save(tx, *request);
  return told;
}

}  // namespace

core::Result<core::Done> ask_consent(const Context& context, const core::UserId& actor_id,
                                     const std::string& serial, const std::string& note) {
  return change(context, [&](pqxx::work& tx) -> core::Result<core::Done> {
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    if (!actor->may_provision()) return core::not_found();
    const auto device = pg_devices::find_by_serial(tx, serial);
    if (device && device->visible_to(*actor)) return own_device();
    const core::Timestamp now = context.clock.now();
    pg_consents::lock_asks(tx, actor_id);
    if (const auto first = pg_consents::oldest_of_last(tx, actor_id, kMostAsks, now - kAsksCount))
      return core::throttled("You have asked ten times within an hour. Wait, then ask again.",
                             std::chrono::ceil<std::chrono::seconds>(*first + kAsksCount - now));
    pg_consents::add_ask(tx, actor_id, now);
    pg::write_outbox(
        tx, kConsentAsked, "consent " + actor_id.str(),
        Json{{"askId", core::random_hex_id()}, {"userId", actor_id.str()}, {"serial", serial}, {"note", note}}
            .dump());
    return core::Done{};
  });
}

bool record_consent_request(const Context& context, const pg::OutboxEntry& entry) {
  const Ask ask = ask_of(entry);
  return context.pool.transaction([&](pqxx::work& tx) {
    const auto requester = pg_people::find(tx, ask.user);
    const auto found = pg_devices::find_by_serial(tx, ask.serial);
    if (!requester || !found) return true;
    pg_devices::lock(tx, found->id);
    const auto device = pg_devices::find(tx, found->id);
    if (!device || !can_be_asked(tx, *requester, *device)) return true;
    const core::Timestamp now = context.clock.now();
    if (!put(tx, ask, *device, now)) return true;
    LedgerEntry line = line_about(*device, *requester, "consent.requested", now);
    line.idempotency_key = "consent " + ask.id;
    pg_ledger::append(tx, {line});
    return true;
  });
}

}  // namespace turnkey::registry
