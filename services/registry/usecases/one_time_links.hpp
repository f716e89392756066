// SPDX-License-Identifier: Apache-2.0
// Looking at and using one-time links. A link that is unknown, was used, has ended or whose maker may not
// administer its user any more is one and the same: `unauthorized`; who tries many of those is `throttled`.
#pragma once

#include <optional>
#include <string>

#include "domain/one_time_link.hpp"
#include "usecases/context.hpp"
#include "usecases/password_hasher.hpp"
#include "usecases/sign_in.hpp"

namespace turnkey::registry {

struct MadeLink {
  std::string link;  // https://HOST/welcome#<token>; shown once, only the token's hash is kept
  core::Timestamp expires_at;
};
MadeLink make_link(pqxx::work& tx, const Context& context, const OneTimeLink& link);

struct ShownLink {
  std::string token;
  std::string remote_address;
};
struct LinkView {
  LinkKind kind = LinkKind::first_operator;
  std::optional<User> user{};  // nobody yet for the first operator
  std::optional<core::Timestamp> expires_at{};
  std::string group_name{};  // of a pass
};
// `first_operator_token`: the installer's; its link makes the first operator, once.
core::Result<LinkView> check_link(const Context& context, const std::string& first_operator_token,
                                  const ShownLink& shown);

struct Redemption {
  ShownLink link;
  std::optional<std::string> password{};
  std::optional<std::string> name{};
  std::optional<std::string> email{};
};
// Signs in. An invitation and a reset need the new password, and end whatever else the user had open; an
// invitation may correct the name; the first operator needs all three; a pass takes none.
core::Result<SignedIn> redeem_link(const Context& context, PasswordHasher& hasher,
                                   const std::string& first_operator_token, const Redemption& wanted);

}  // namespace turnkey::registry
