// SPDX-License-Identifier: Apache-2.0
// Sealed texts: AES-256-GCM under a key of 32 bytes. Who has the key reads them, and notices when a byte was
// changed or when a text was put in another's place. Thread safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace turnkey::core {

inline constexpr std::size_t kSealKeyBytes = 32;

// nonce | ciphertext | tag. `place` says what the text is and where it belongs ("batch 1, page 2"): it is not
// part of the result, and opening takes the same. The nonce is random: for far fewer than 2^32 texts a key.
// Throws std::runtime_error when the key has another length.
std::string seal(const std::string& key, std::string_view text, std::string_view place);
// Nothing when the key, the place or any byte is not the right one.
std::optional<std::string> unseal(const std::string& key, std::string_view sealed, std::string_view place);

}  // namespace turnkey::core
