// SPDX-License-Identifier: Apache-2.0
// Asking the owner of a device for it. Who asks must not learn whether there is such a device, whether
// somebody has it, and what its recipe allows: so every ask is written down alike and answered alike, and
// only then, when nobody waits any more, the outbox's relay looks at what it is about.
#pragma once

#include <string>

#include "pg/outbox.hpp"
#include "usecases/context.hpp"

namespace turnkey::registry {

inline constexpr const char* kConsentAsked = "consent_asked";  // an entry of the outbox, never sent itself

// `not_found` for those who may not provision; `conflict` (own_device) for a device that the actor sees;
// `throttled` after ten in an hour.
core::Result<core::Done> ask_consent(const Context& context, const core::UserId& actor,
                                     const std::string& serial, const std::string& note);

// A request for those who decide, if the device is one whose owner can be asked. The same entry again
// changes nothing.
bool record_consent_request(const Context& context, const pg::OutboxEntry& entry);

}  // namespace turnkey::registry
