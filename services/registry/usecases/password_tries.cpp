// SPDX-License-Identifier: Apache-2.0
#include "usecases/password_tries.hpp"

#include "outbound/pg_people.hpp"

namespace turnkey::registry::password_tries {
namespace {

constexpr int kFailuresHere = 5;         // of one email from one address
constexpr int kFailuresOfEmail = 30;     // of one email from anywhere: guessing from many addresses
constexpr int kFailuresOfAddress = 200;  // stops an address that has failed with this email before
constexpr auto kWait = std::chrono::seconds(60);

bool too_many(const pg_people::Failures& failures) {
  if (failures.here >= kFailuresHere || failures.email >= kFailuresOfEmail) return true;
  // An honest user behind a busy address has not failed yet, and gets through.
  return failures.here > 0 && failures.address >= kFailuresOfAddress;
}

}  // namespace

core::Result<core::Done> admit(pqxx::work& tx, const std::string& email, const std::string& remote_address,
                               core::Timestamp now) {
  if (too_many(pg_people::failures(tx, email, remote_address, now - kCount)))
    return core::throttled("Too many wrong passwords. Wait a minute, then try again.", kWait);
  return core::Done{};
}

}  // namespace turnkey::registry::password_tries
