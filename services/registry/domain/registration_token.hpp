// SPDX-License-Identifier: Apache-2.0
// Registration tokens as firmware carries them: JWTs (RFC 7519) signed with ES256 by a key of this
// installation. This file holds everything about them but the signature and what the database knows. It
// accepts exactly what `unsigned_token` writes, and nothing that only means the same. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/ids.hpp"
#include "core/time.hpp"

namespace turnkey::registry {

using RegistrationKeyId = core::Id<struct RegistrationKeyTag>;
using RegistrationTokenId = core::Id<struct RegistrationTokenTag>;

inline constexpr std::size_t kMaxRegistrationToken = 8 * 1024;  // bytes; ours have some 450

struct TokenClaims {
  RegistrationKeyId key_id;       // header `kid`
  RegistrationTokenId id;         // `jti`
  core::RecipeId recipe_id;       // `sub`
  std::int64_t issued_at_s = 0;   // `iat`, since the epoch
  std::int64_t expires_at_s = 0;  // `exp`
  bool operator==(const TokenClaims&) const = default;
};

// Header and claims in base64url with the dot between: what is signed.
std::string unsigned_token(const TokenClaims& claims);
std::string signed_token(std::string unsigned_part, std::string_view raw_signature);

// A token whose form is right. Nothing in it is true before the signature has been verified.
struct PresentedToken {
  TokenClaims claims;
  std::string signed_part;
  std::string signature;  // base64url of r and s, 32 bytes each
};
// Nothing unless: at most 8 KiB; three parts of strict base64url; header and claims are flat JSON objects
// that name no member twice; the header has `alg` ES256, `kid` and at most `typ` JWT (so no key, no address
// of one, no `crit`); the claims are `iss` and `aud` as ours, whole numbers `iat` and `exp`, and ids `jti`
// and `sub`.
std::optional<PresentedToken> read_token(std::string_view text);

// `exp` lies ahead, `iat` not more than a minute (clocks of replicas differ).
bool valid_at(const TokenClaims& claims, core::Timestamp now);

}  // namespace turnkey::registry
