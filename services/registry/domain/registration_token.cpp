// SPDX-License-Identifier: Apache-2.0
#include "domain/registration_token.hpp"

#include <array>
#include <set>
#include <utility>

#include "contracts/json.hpp"
#include "core/base64url.hpp"

namespace turnkey::registry {
namespace {

using contracts::Json;

// Keys belong to one installation, so these need not name it: a token in shipped firmware outlives a change
// of the installation's address.
constexpr const char* kIssuer = "turnkey/registry";
constexpr const char* kAudience = "turnkey/registrations";
constexpr std::int64_t kClocksDiffer_s = 60;
constexpr std::int64_t kLastSecond = 253'402'300'799;  // of the year 9999
constexpr std::size_t kSignatureLength = 64;           // bytes: r and s

// A JSON object of scalars that names no member twice, and nothing around it: the parser would pass over a
// byte order mark, blanks, and whatever follows a NUL.
std::optional<Json> flat_object(std::string_view text) {
  if (text.empty() || text.front() != '{' || text.back() != '}') return std::nullopt;
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  std::set<std::string> names;
  bool strict = true;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::key) strict = strict && names.insert(parsed.get<std::string>()).second;
    if (event == Json::parse_event_t::array_start) strict = false;
    if (event == Json::parse_event_t::object_start) strict = strict && depth == 0;
    return strict;
  };
  Json object = Json::parse(text, watch, false);
  if (!strict || !object.is_object()) return std::nullopt;
  return object;
}

bool is_text(const Json& object, const char* name, std::string_view wanted) {
  const auto it = object.find(name);
  return it != object.end() && it->is_string() && it->get_ref<const std::string&>() == wanted;
}

template <typename IdType>
std::optional<IdType> id_in(const Json& object, const char* name) {
  const auto it = object.find(name);
  if (it == object.end() || !it->is_string()) return std::nullopt;
  return IdType::parse(it->get_ref<const std::string&>());
}

std::optional<std::int64_t> second_in(const Json& object, const char* name) {
  const auto it = object.find(name);
  if (it == object.end() || !it->is_number_unsigned()) return std::nullopt;  // no sign, fraction or exponent
  const auto second = it->get<std::uint64_t>();
  if (second > static_cast<std::uint64_t>(kLastSecond)) return std::nullopt;
  return static_cast<std::int64_t>(second);
}

std::optional<RegistrationKeyId> read_header(std::string_view text) {
  const auto header = flat_object(text);
  if (!header || !is_text(*header, "alg", "ES256")) return std::nullopt;
  const bool typed = header->contains("typ");
  if (typed && !is_text(*header, "typ", "JWT")) return std::nullopt;
  if (header->size() != (typed ? 3U : 2U)) return std::nullopt;  // alg, kid, typ and nothing else
  return id_in<RegistrationKeyId>(*header, "kid");
}

bool read_claims(std::string_view text, TokenClaims& claims) {
  const auto object = flat_object(text);
  if (!object || object->size() != 6) return false;
  const auto id = id_in<RegistrationTokenId>(*object, "jti");
  const auto recipe = id_in<core::RecipeId>(*object, "sub");
  const auto issued_at = second_in(*object, "iat");
  const auto expires_at = second_in(*object, "exp");
  if (!id || !recipe || !issued_at || !expires_at) return false;
  claims.id = *id;
  claims.recipe_id = *recipe;
  claims.issued_at_s = *issued_at;
  claims.expires_at_s = *expires_at;
  return is_text(*object, "iss", kIssuer) && is_text(*object, "aud", kAudience);
}

std::optional<std::array<std::string_view, 3>> three_parts(std::string_view text) {
  const auto first = text.find('.');
  const auto second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos || text.find('.', second + 1) != std::string_view::npos)
    return std::nullopt;
  return std::array{text.substr(0, first), text.substr(first + 1, second - first - 1),
                    text.substr(second + 1)};
}

std::int64_t seconds_of(core::Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

}  // namespace

std::string unsigned_token(const TokenClaims& claims) {
  const Json header = {{"alg", "ES256"}, {"kid", claims.key_id.str()}, {"typ", "JWT"}};
  const Json body = {{"iss", kIssuer},
                     {"aud", kAudience},
                     {"jti", claims.id.str()},
                     {"sub", claims.recipe_id.str()},
                     {"iat", static_cast<std::uint64_t>(claims.issued_at_s)},
                     {"exp", static_cast<std::uint64_t>(claims.expires_at_s)}};
  return core::to_base64url(header.dump()) + "." + core::to_base64url(body.dump());
}

std::string signed_token(std::string unsigned_part, std::string_view raw_signature) {
  return std::move(unsigned_part) + "." + core::to_base64url(raw_signature);
}

std::optional<PresentedToken> read_token(std::string_view text) {
  if (text.size() > kMaxRegistrationToken) return std::nullopt;
  const auto parts = three_parts(text);
  if (!parts) return std::nullopt;
  const auto header = core::from_base64url((*parts)[0]);
  const auto body = core::from_base64url((*parts)[1]);
  const auto signature = core::from_base64url((*parts)[2]);
  if (!header || !body || !signature || signature->size() != kSignatureLength) return std::nullopt;
  const auto key = read_header(*header);
  PresentedToken token;
  if (!key || !read_claims(*body, token.claims)) return std::nullopt;
  token.claims.key_id = *key;
  token.signed_part = text.substr(0, text.size() - (*parts)[2].size() - 1);
  token.signature = (*parts)[2];
  return token;
}

bool valid_at(const TokenClaims& claims, core::Timestamp now) {
  const auto second = seconds_of(now);
  return second < claims.expires_at_s && claims.issued_at_s <= second + kClocksDiffer_s;
}

}  // namespace turnkey::registry
