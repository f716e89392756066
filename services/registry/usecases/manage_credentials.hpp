// SPDX-License-Identifier: Apache-2.0
// The access keys of a device: several at once, so that a new one can be brought to the device while the old
// one still works; limited to addresses; disabled for a while; revoked for good. For admins of the device's
// group and operators; for everybody else the device is unknown. What is changed here holds for live sessions
// as soon as the broker has been told.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "domain/credential.hpp"
#include "usecases/context.hpp"

namespace turnkey::registry {

struct ShownCredential {
  DeviceCredential credential;
  std::string_view state;         // active disabled expired revoked, just now
  std::optional<User> creator{};  // when known, and the reader's to know
};

// Those that can log in first; of the revoked ones only what was revoked since the device is the reader's.
core::Result<std::vector<ShownCredential>> list_credentials(const Context& context, const core::UserId& actor,
                                                            const std::string& serial);

struct NewCredential {
  core::UserId actor;
  std::string serial;
  // The other active keys end so much later (0: now, for good); without it they stay as they are.
  std::optional<std::chrono::seconds> overlap{};
  std::vector<core::AddressRange> allowed_addresses{};
  std::string idempotency_key;
};
struct AddedCredential {
  ShownCredential shown;
  std::string access_secret;  // shown this once
};
// `conflict` when the device would have too many keys. The same idempotency key again within an hour gives
// the same access key a new secret (the reply may have been lost); later, with another body or after the key
// was revoked, `conflict`.
core::Result<AddedCredential> add_credential(const Context& context, const NewCredential& wanted);

struct CredentialEdit {
  core::UserId actor;
  std::string serial;
  std::string access_key;
  std::optional<bool> disabled{};
  std::optional<std::vector<core::AddressRange>> allowed_addresses{};  // empty: from anywhere
  std::optional<std::optional<core::Timestamp>> valid_until{};         // nothing inside: without end
};
// `conflict` when the key is revoked, or one more active key would be too many.
core::Result<ShownCredential> update_credential(const Context& context, const CredentialEdit& edit);
// For good. A revoked key may be revoked again.
core::Result<core::Done> revoke_credential(const Context& context, const core::UserId& actor,
                                           const std::string& serial, const std::string& access_key);

}  // namespace turnkey::registry
