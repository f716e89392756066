// SPDX-License-Identifier: Apache-2.0
// The simulator's own small page: every device with its button and LED. For loopback only; no secrets are
// shown.
#pragma once

#include "fleet.hpp"
#include "http/server.hpp"

namespace turnkey::simulator {

// Adds GET /, GET /api/devices (each with its light: `led`, and `blink` with the times while it blinks) and
// POST /api/devices/{serial}/press {"times":1..20} to the server.
void add_page(http::Server& server, Fleet& fleet);

}  // namespace turnkey::simulator
