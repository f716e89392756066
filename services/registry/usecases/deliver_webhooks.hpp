// SPDX-License-Identifier: Apache-2.0
// Sending what waits for webhooks: each delivery by one replica at a time, outside of any transaction, again
// with growing pauses for a day, then given up. The order is not kept.
#pragma once

#include <functional>

#include "usecases/administer_integrations.hpp"

namespace turnkey::registry {

enum class DeliveryOutcome { nothing_due, delivered, failed, given_up };
// Tries one that is due; `taken` is called before it is sent.
DeliveryOutcome deliver_one(const IntegrationTools& tools, const std::function<void()>& taken);

// Gives up what was not even tried for a day, and forgets after a week. How many were given up. Now and then.
int sweep_deliveries(const Context& context);
int waiting_deliveries(const Context& context);

}  // namespace turnkey::registry
