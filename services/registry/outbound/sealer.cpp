// SPDX-License-Identifier: Apache-2.0
#include "outbound/sealer.hpp"

#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

#include "core/hash.hpp"
#include "core/random.hpp"

namespace turnkey::registry {
namespace {

constexpr std::size_t kNonce = 12;  // bytes, before the text
constexpr std::size_t kTag = 16;    // bytes, after it

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text, std::size_t at) {
  return reinterpret_cast<unsigned char*>(text.data() + at);
}

}  // namespace

Sealer::Sealer(std::string_view secret) : key_(core::sha256("turnkey seal 1 " + std::string(secret))) {}

std::string Sealer::seal(std::string_view plain, std::string_view place) const {
  std::string sealed(kNonce + plain.size() + kTag, '\0');
  core::random_bytes({bytes(sealed, 0), kNonce});
  const Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int size = 0;
  const bool done =
      cipher &&
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key_.data(), bytes(sealed, 0)) == 1 &&
      EVP_EncryptUpdate(cipher.get(), nullptr, &size, bytes(place), static_cast<int>(place.size())) == 1 &&
      EVP_EncryptUpdate(cipher.get(), bytes(sealed, kNonce), &size, bytes(plain),
                        static_cast<int>(plain.size())) == 1 &&
      EVP_EncryptFinal_ex(cipher.get(), bytes(sealed, kNonce + plain.size()), &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTag, bytes(sealed, kNonce + plain.size())) ==
          1;
  if (!done) throw std::runtime_error("a secret could not be sealed");
  return sealed;
}

std::optional<std::string> Sealer::open(std::string_view sealed, std::string_view place) const {
  if (sealed.size() < kNonce + kTag) return std::nullopt;
  std::string tag(sealed.substr(sealed.size() - kTag));
  const std::string_view text = sealed.substr(kNonce, sealed.size() - kNonce - kTag);
  std::string plain(text.size() + kTag, '\0');  // room that the last block never needs
  const Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int size = 0;
  const bool done =
      cipher &&
      EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key_.data(), bytes(sealed)) == 1 &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &size, bytes(place), static_cast<int>(place.size())) == 1 &&
      EVP_DecryptUpdate(cipher.get(), bytes(plain, 0), &size, bytes(text), static_cast<int>(text.size())) ==
          1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTag, bytes(tag, 0)) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), bytes(plain, text.size()), &size) == 1;
  if (!done) return std::nullopt;
  plain.resize(text.size());
  return plain;
}

}  // namespace turnkey::registry
