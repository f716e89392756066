// SPDX-License-Identifier: Apache-2.0
// While the seal key is rotated: what lies in the database under the older key is sealed under the newer one.
#pragma once

#include "outbound/sealer.hpp"
#include "usecases/context.hpp"

namespace turnkey::registry {

// What the key that seals now does not open: 0 when the older key may go.
int count_sealed_before(const Context& context, const Sealer& sealer);
// Each of them that an older key of the ring opens. What none opens is left as it is.
void seal_anew(const Context& context, const Sealer& sealer);

}  // namespace turnkey::registry
