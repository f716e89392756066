// SPDX-License-Identifier: Apache-2.0
#include "domain/webhook.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "core/base64.hpp"
#include "core/random.hpp"

namespace turnkey::registry {
namespace {

constexpr std::string_view kPrefix = "whsec_";

std::string hmac_sha256(std::string_view key, const std::string& text) {
  std::array<unsigned char, 32> out{};
  unsigned size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data(), &size) == nullptr)
    throw std::runtime_error("OpenSSL cannot make an HMAC");
  return {reinterpret_cast<const char*>(out.data()), size};
}

// Of IPv4 all that the IANA registry of special addresses does not call globally reachable, and multicast.
constexpr std::array kNotPublicV4 = {
    "0.0.0.0/8",     "10.0.0.0/8",      "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16",
    "172.16.0.0/12", "192.0.0.0/24",    "192.0.2.0/24",   "192.88.99.0/24", "192.168.0.0/16",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",    "240.0.0.0/4",
};
// Of IPv6 only the global unicast range is public, less tunnels that lead to IPv4, and documentation.
constexpr const char* kPublicV6 = "2000::/3";
constexpr std::array kNotPublicV6 = {"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"};

bool inside(const char* range, const core::IpAddress& address) {
  return core::AddressRange::parse(range)->contains(address);
}

template <typename Ranges>
bool inside_any(const Ranges& ranges, const core::IpAddress& address) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const char* range) { return inside(range, address); });
}

}  // namespace

std::string new_webhook_secret() {
  std::array<unsigned char, 32> bytes{};
  core::random_bytes(bytes);
  return std::string(kPrefix) + core::to_base64({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string webhook_signature(std::string_view secret, std::string_view id, core::Timestamp at,
                              std::string_view body) {
  const auto key =
      secret.starts_with(kPrefix) ? core::from_base64(secret.substr(kPrefix.size())) : std::nullopt;
  if (!key) throw std::invalid_argument("this is no secret of a webhook");
  const std::string seconds = std::to_string(core::to_epoch_ms(at) / 1000);
  const std::string text = std::string(id) + "." + seconds + "." + std::string(body);
  return "v1," + core::to_base64(hmac_sha256(*key, text));
}

bool is_public(const core::IpAddress& address) {
  if (address.is_v4()) return !inside_any(kNotPublicV4, address);
  return inside(kPublicV6, address) && !inside_any(kNotPublicV6, address);
}

std::chrono::milliseconds delivery_backoff(int failures, double chance) {
  using std::chrono::milliseconds;
  constexpr std::array kSteps = {milliseconds(5'000), milliseconds(30'000), milliseconds(120'000),
                                 milliseconds(600'000), milliseconds(3'600'000)};
  const auto step = static_cast<std::size_t>(std::max(failures, 1)) - 1;
  const auto base = kSteps.at(std::min(step, kSteps.size() - 1));
  return milliseconds(static_cast<std::int64_t>(static_cast<double>(base.count()) * (0.8 + 0.4 * chance)));
}

std::chrono::milliseconds receiver_pause(int failures) {
  return std::min(std::chrono::milliseconds(1'000) * std::max(failures, 0),
                  std::chrono::milliseconds(60'000));
}

}  // namespace turnkey::registry
