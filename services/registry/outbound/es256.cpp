// SPDX-License-Identifier: Apache-2.0
#include "outbound/es256.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <jwt/algorithm.hpp>
#include <memory>
#include <stdexcept>

namespace turnkey::registry::es256 {
namespace {

using Es256 = jwt::PEMSign<jwt::algo::ES256>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

jwt::string_view view_of(const std::string& text) { return {text.data(), text.size()}; }

bool is_p256(const std::string& public_pem) {
  const Bio bio(BIO_new_mem_buf(public_pem.data(), static_cast<int>(public_pem.size())), BIO_free);
  const Key key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  std::array<char, 32> curve{};
  return key && EVP_PKEY_get_group_name(key.get(), curve.data(), curve.size(), nullptr) == 1 &&
         std::string_view(curve.data()) == SN_X9_62_prime256v1;
}

}  // namespace

KeyPair make_keys() {
  const Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const Bio public_key(BIO_new(BIO_s_mem()), BIO_free);
  const Bio private_key(BIO_new(BIO_s_mem()), BIO_free);
  if (!key || !public_key || !private_key || PEM_write_bio_PUBKEY(public_key.get(), key.get()) != 1 ||
      PEM_write_bio_PKCS8PrivateKey(private_key.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    throw std::runtime_error("a key pair could not be made");
  return {text_of(public_key.get()), text_of(private_key.get())};
}

std::string sign(const std::string& private_pem, const std::string& text) {
  const auto made = Es256::sign(view_of(private_pem), view_of(text));
  if (made.second || made.first.size() != 64) throw std::runtime_error("a token could not be signed");
  return {made.first.data(), made.first.size()};  // moving it out trips a false warning of g++ 12
}

bool verified(const std::string& public_pem, const std::string& text,
              const std::string& base64url_signature) {
  if (!is_p256(public_pem)) throw std::runtime_error("a registration key is not one of P-256");
  return Es256::verify(view_of(public_pem), view_of(text), view_of(base64url_signature)).first;
}

}  // namespace turnkey::registry::es256
