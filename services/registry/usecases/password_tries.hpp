// SPDX-License-Identifier: Apache-2.0
// How many wrong passwords there may be, wherever they are given: at a sign-in, or by somebody who is signed
// in already and changes theirs. Counted for a quarter of an hour, by email and by address.
#pragma once

#include <pqxx/transaction>
#include <string>

#include "core/result.hpp"
#include "core/time.hpp"

namespace turnkey::registry::password_tries {

inline constexpr auto kCount = std::chrono::minutes(15);

// `throttled` after too many failures of this email (from this address, or from anywhere), or from an address
// that tries many.
core::Result<core::Done> admit(pqxx::work& tx, const std::string& email, const std::string& remote_address,
                               core::Timestamp now);

}  // namespace turnkey::registry::password_tries
