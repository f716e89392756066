// SPDX-License-Identifier: Apache-2.0
// What a webhook is made of: its signature (Standard Webhooks, standardwebhooks.com), where it may go, and
// when it is tried again. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/address_range.hpp"
#include "core/time.hpp"

namespace turnkey::registry {

// "whsec_" and 32 bytes from the CSPRNG in Base64.
std::string new_webhook_secret();
// The header webhook-signature: "v1," and the Base64 of HMAC-SHA256 over "id.seconds.body". Throws
// std::invalid_argument for what is no such secret.
std::string webhook_signature(std::string_view secret, std::string_view id, core::Timestamp at,
                              std::string_view body);

// Anywhere on the Internet: not this machine, not a private network, not what embeds or forwards to one.
bool is_public(const core::IpAddress& address);

inline constexpr std::chrono::hours kDeliveryGivenUp{24};  // after the event
// How long after the `failures`-th failed try (1, 2, ...) the next one comes; `chance` 0..1 spreads it by a
// fifth in both directions.
std::chrono::milliseconds delivery_backoff(int failures, double chance);
// Nothing of an integration is tried for so long after so many failures in a row, so that a receiver that is
// away takes no room from the others.
std::chrono::milliseconds receiver_pause(int failures);

}  // namespace turnkey::registry
