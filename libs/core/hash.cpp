// SPDX-License-Identifier: Apache-2.0
#include "core/hash.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <stdexcept>

namespace turnkey::core {
namespace {

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Sha256 sha256(std::string_view data) {
  Sha256 out{};
  SHA256(reinterpret_cast<const unsigned char*>(data.data()), data.size(), out.data());
  return out;
}

std::string sha256_hex(std::string_view data) {
  const Sha256 digest = sha256(data);
  return to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

struct Sha256Sum::State {
  EVP_MD_CTX* digest = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(digest); }
};

Sha256Sum::Sha256Sum() : state_(std::make_unique<State>()) {
  if (EVP_DigestInit_ex(state_->digest, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("SHA-256 is not to be had");
}
Sha256Sum::~Sha256Sum() = default;
void Sha256Sum::add(std::string_view piece) { EVP_DigestUpdate(state_->digest, piece.data(), piece.size()); }
Sha256 Sha256Sum::end() {
  Sha256 out{};
  EVP_DigestFinal_ex(state_->digest, out.data(), nullptr);
  return out;
}

std::string_view view(const Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string to_hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back(kDigits[byte >> 4U]);
    out.push_back(kDigits[byte & 0x0FU]);
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = nibble(hex[i]);
    const int low = nibble(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
  }
  return out;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace turnkey::core
