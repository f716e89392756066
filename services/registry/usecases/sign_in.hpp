// SPDX-License-Identifier: Apache-2.0
// Signing in and out, and whose session a token is.
#pragma once

#include <string>

#include "usecases/context.hpp"
#include "usecases/password_hasher.hpp"

namespace turnkey::registry {

struct SignedIn {
  User user;
  std::string session_token;  // 64 hex characters; only its hash is kept
  core::Timestamp expires_at;
};

struct Credential {
  std::string email;
  std::string password;
  std::string remote_address;
};

// `unauthorized` alike for an unknown user and a wrong password, in the same time; `throttled` after too many
// failures of this email (from this address, or from anywhere), or from an address that tries many.
core::Result<SignedIn> sign_in(const Context& context, PasswordHasher& hasher, const Credential& credential);
// For somebody who has proven otherwise who they are. A pass's sessions end with it.
SignedIn open_session(pqxx::work& tx, User user, core::Timestamp now);
core::Result<core::Done> sign_out(const Context& context,
                                  const std::string& session_token);  // also of an ended one

struct OpenSession {
  User user;
  core::Timestamp expires_at;
  std::optional<std::vector<std::string>> scopes{};  // of an API token; a session may all that its user may
};
// Also for an API token.
core::Result<OpenSession> get_session(const Context& context, const std::string& token);

// Makes the installation's first operator, once, against the token that the installer wrote. `unauthorized`
// for a wrong token and ever after the first success.
struct FirstOperator {
  std::string token;
  std::string email;
  std::string name;
  std::string password;
};
core::Result<User> create_first_operator(const Context& context, PasswordHasher& hasher,
                                         const std::string& right_token, const FirstOperator& wanted);

// Deletes sessions and failures that no longer count. Now and then.
void sweep_sign_ins(const Context& context);

}  // namespace turnkey::registry
