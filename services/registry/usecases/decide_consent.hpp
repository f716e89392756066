// SPDX-License-Identifier: Apache-2.0
// Who administers a device's group sees who asked for it, and says yes or no. A yes is for that person and
// that device, for 24 hours, and ends with any change of owner; a no takes it back. Operators may too.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "outbound/pg_consents.hpp"
#include "usecases/context.hpp"

namespace turnkey::registry {

struct ShownConsent {
  pg_consents::Shown shown;
  std::string state;  // open granted expired declined
};
struct ConsentPage {
  std::vector<ShownConsent> items;
  std::optional<std::string> next_cursor;
};
core::Result<ConsentPage> list_consent_requests(const Context& context, const core::UserId& actor,
                                                const pg_consents::Filter& filter);

enum class Decision { grant, decline };
// The same decision again gives the same answer. `not_found` for what is not theirs, void or too old;
// `conflict` (consent_not_needed) to grant what the device's recipe does not ask an owner for.
core::Result<ShownConsent> decide_consent(const Context& context, const core::UserId& actor,
                                          const ConsentRequestId& id, Decision decision);

void sweep_consents(const Context& context);

}  // namespace turnkey::registry
