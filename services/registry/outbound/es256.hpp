// SPDX-License-Identifier: Apache-2.0
// ECDSA with P-256 and SHA-256 for registration tokens: cpp-jwt's algorithm, named here and never by a token,
// so there is none to confuse it with. Its parsing of tokens and base64 is not used: it is too lenient
// (domain/registration_token).
#pragma once

#include <string>

namespace turnkey::registry::es256 {

struct KeyPair {
  std::string public_pem;
  std::string private_pem;
};
// All three throw std::runtime_error when OpenSSL cannot, and for a key that is none of P-256.
KeyPair make_keys();
std::string sign(const std::string& private_pem, const std::string& text);  // r and s, 32 bytes each
bool verified(const std::string& public_pem, const std::string& text, const std::string& base64url_signature);

}  // namespace turnkey::registry::es256
