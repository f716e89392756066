// SPDX-License-Identifier: Apache-2.0
// A device registers itself with a registration token: it gets an identity and credentials, and belongs to
// nobody yet.
#pragma once

#include <string>
#include <string_view>

#include "core/serial.hpp"
#include "domain/device.hpp"
#include "domain/registration_token.hpp"
#include "usecases/context.hpp"

namespace turnkey::registry {

// What is wrong with a token is never told: every fault is the same `unauthorized`, and `throttled` from an
// address that has sent many. A right token gets through from there all the same.
core::Result<TokenClaims> check_registration_token(const Context& context, std::string_view jwt,
                                                   const std::string& remote_address);

struct SelfRegistration {
  TokenClaims token;  // of check_registration_token
  std::string remote_address;
  core::Serial serial;
  std::string nonce;  // "" = a lost reply is lost
};
struct SelfRegistered {
  core::DeviceId device_id;
  Credentials credentials;  // shown this once
};
// Exactly as many devices as the token has uses, however many ask at once. The same serial, token and nonce
// within ten minutes: the reply was lost, so new credentials in place of those, without a second use; not
// once somebody has taken the device or changed its credentials. `conflict` for a serial that is taken,
// `invalid` for one that the token is not good for, `unauthorized` and `throttled` as above.
core::Result<SelfRegistered> register_device(const Context& context, const SelfRegistration& wanted);

// Deletes failures that no longer count and nonces that are not asked for again. Now and then.
void sweep_registrations(const Context& context);

}  // namespace turnkey::registry
