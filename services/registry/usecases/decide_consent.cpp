// SPDX-License-Identifier: Apache-2.0
#include "usecases/decide_consent.hpp"

#include "outbound/pg_devices.hpp"
#include "outbound/pg_ledger.hpp"
#include "usecases/ownership.hpp"

namespace turnkey::registry {
namespace {

ShownConsent shown_of(pg_consents::Shown shown, core::Timestamp now) {
  std::string state(shown.request.shown_state(now));
  return {std::move(shown), std::move(state)};
}

core::Error not_needed() {
  return core::conflict("The recipe of this device does not ask its owner any more: a yes would do nothing.",
                        "consent_not_needed");
}

// A request and its device, when the actor is one who decides.
struct Found {
  ConsentRequest request;
  Device device;
};

std::optional<Found> look_at(pqxx::work& tx, const User& actor, const ConsentRequestId& id,
                             core::Timestamp now) {
  const auto request = pg_consents::find(tx, id);
  if (!request || !actor.may_administer() || !request->kept(now)) return std::nullopt;
  const auto device = pg_devices::find(tx, request->device_id);
  if (!device || !device->owned() || !device->visible_to(actor)) return std::nullopt;
  if (device->assignment_epoch != request->assignment_epoch) return std::nullopt;
  return Found{*request, *device};
}

void write_line(pqxx::work& tx, const User& actor, const Found& found, Decision decision,
                core::Timestamp now) {
  LedgerEntry line = line_about(found.device, actor,
                                decision == Decision::grant ? "consent.granted" : "consent.declined", now);
  line.detail = {{"requesterId", found.request.requester.str()}};
  if (found.request.granted_until) line.detail["until"] = core::to_iso(*found.request.granted_until);
  pg_ledger::append(tx, {line});
}

}  // namespace

core::Result<ConsentPage> list_consent_requests(const Context& context, const core::UserId& actor_id,
                                                const pg_consents::Filter& filter) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<ConsentPage> {
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    if (!actor->may_administer()) return core::not_found();
    const core::Timestamp now = context.clock.now();
    pg_consents::Filter wanted = filter;
    ++wanted.limit;  // one more tells whether there is a next page
    ConsentPage page;
    for (auto& shown : pg_consents::list(tx, *actor, wanted, now))
      page.items.push_back(shown_of(std::move(shown), now));
    if (page.items.size() > static_cast<std::size_t>(filter.limit)) {
      page.items.pop_back();
      page.next_cursor = page.items.back().shown.request.id.str();
    }
    return page;
  });
}

core::Result<ShownConsent> decide_consent(const Context& context, const core::UserId& actor_id,
                                          const ConsentRequestId& id, Decision decision) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<ShownConsent> {
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    const core::Timestamp now = context.clock.now();
    // Before the lock too: what is not theirs must not be told by how long the answer takes.
    auto found = look_at(tx, *actor, id, now);
    if (!found) return core::not_found();
    pg_devices::lock(tx, found->device.id);
    found = look_at(tx, *actor, id, now);
    if (!found) return core::not_found();
    const bool grants = decision == Decision::grant;
    if (grants && recipe_of(tx, found->device).transfer_policy != "consent") return not_needed();
    if (grants ? found->request.grant(now) : found->request.decline(now)) {
      pg_consents::save(tx, found->request);
      write_line(tx, *actor, *found, decision, now);
    }
    return shown_of(pg_consents::show(tx, id), now);
  });
}

void sweep_consents(const Context& context) {
  context.pool.transaction([&](pqxx::work& tx) { pg_consents::sweep(tx, context.clock.now()); });
}

}  // namespace turnkey::registry
