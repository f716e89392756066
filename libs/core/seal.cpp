// SPDX-License-Identifier: Apache-2.0
#include "core/seal.hpp"

#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

#include "core/random.hpp"

namespace turnkey::core {
namespace {

constexpr std::size_t kNonce = 12;
constexpr std::size_t kTag = 16;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// Initialised with key, nonce and place; `sealing` or opening.
Cipher cipher_of(const std::string& key, std::string_view nonce, std::string_view place, bool sealing) {
  if (key.size() != kSealKeyBytes) throw std::runtime_error("a key to seal with has 32 bytes");
  Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int length = 0;
  const bool ready =
      cipher &&
      EVP_CipherInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes(key), bytes(nonce), sealing) == 1 &&
      EVP_CipherUpdate(cipher.get(), nullptr, &length, bytes(place), static_cast<int>(place.size())) == 1;
  if (!ready) throw std::runtime_error("AES-256-GCM is not to be had");
  return cipher;
}

}  // namespace

std::string seal(const std::string& key, std::string_view text, std::string_view place) {
  std::string sealed(kNonce + text.size() + kTag, '\0');
  random_bytes({bytes(sealed), kNonce});
  const Cipher cipher = cipher_of(key, std::string_view(sealed).substr(0, kNonce), place, true);
  unsigned char* const out = bytes(sealed) + kNonce;
  int length = 0;
  int rest = 0;
  const bool done =
      EVP_CipherUpdate(cipher.get(), out, &length, bytes(text), static_cast<int>(text.size())) == 1 &&
      EVP_CipherFinal_ex(cipher.get(), out + length, &rest) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTag, out + text.size()) == 1;
  if (!done) throw std::runtime_error("a text could not be sealed");
  return sealed;
}

std::optional<std::string> unseal(const std::string& key, std::string_view sealed, std::string_view place) {
  if (sealed.size() < kNonce + kTag) return std::nullopt;
  const std::string_view body = sealed.substr(kNonce, sealed.size() - kNonce - kTag);
  std::string tag(sealed.substr(sealed.size() - kTag));
  const Cipher cipher = cipher_of(key, sealed.substr(0, kNonce), place, false);
  std::string text(body.size(), '\0');
  int length = 0;
  int rest = 0;
  const bool right =
      EVP_CipherUpdate(cipher.get(), bytes(text), &length, bytes(body), static_cast<int>(body.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTag, tag.data()) == 1 &&
      EVP_CipherFinal_ex(cipher.get(), bytes(text) + length, &rest) == 1;
  if (!right) return std::nullopt;
  return text;
}

}  // namespace turnkey::core
