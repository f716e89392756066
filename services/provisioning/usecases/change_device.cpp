// SPDX-License-Identifier: Apache-2.0
#include "usecases/ports.hpp"

namespace turnkey::provisioning {

void change_device(World& world, const core::DeviceId& device, core::Timestamp now, const Store::Body& body) {
  const Changes changes = world.store.change(device, now, body);
  if (!changes.told.empty()) world.announcer.announce(changes);
  for (const Fact& fact : changes.facts) world.counters.count(fact);
}

void note_refusal(World& world, Fact fact) {
  fact.act = Act::refused;
  fact.at = world.clock.now();
  world.store.note(fact);
  world.counters.count(fact);
}

core::Result<Provisioning> find_own(World& world, const core::UserId& user, const core::ProvisioningId& id) {
  auto found = world.store.find(id);
  if (!found || found->user != user) return core::not_found();
  return std::move(*found);
}

}  // namespace turnkey::provisioning
