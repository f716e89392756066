// SPDX-License-Identifier: Apache-2.0
// Which errors of the server say "not now" and not "this is wrong".
#pragma once

#include <string_view>

namespace turnkey::pg {

// Statement cancelled or timed out (57014), shutting down or starting (57P0x), idle for too long (25P03,
// 57P05), a failing or lost connection (08xxx), out of connections, memory or disk (53xxx).
bool is_unavailable(std::string_view sqlstate);

}  // namespace turnkey::pg
