// SPDX-License-Identifier: Apache-2.0
#include "usecases/password_hasher.hpp"

#include <argon2.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>

#include "core/random.hpp"
#include "core/unavailable.hpp"

namespace turnkey::registry {
namespace {

constexpr std::uint32_t kPasses = 2;
constexpr std::uint32_t kMemory_KiB = 19 * 1024;
constexpr std::uint32_t kLanes = 1;
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHashBytes = 32;
constexpr int kAtOnce = 2;
constexpr auto kLongestWait = std::chrono::seconds(2);

}  // namespace

class PasswordHasher::Turn {
 public:
  explicit Turn(PasswordHasher& owner) : owner_(owner) {
    std::unique_lock lock(owner_.mutex_);
    if (owner_.here_ >= owner_.most_at_once_) throw core::UnavailableError("too many sign-ins at once");
    ++owner_.here_;
    if (!owner_.freed_.wait_for(lock, kLongestWait, [this] { return owner_.running_ < kAtOnce; })) {
      --owner_.here_;
      throw core::UnavailableError("too many sign-ins at once");
    }
    ++owner_.running_;
  }
  ~Turn() {
    const std::lock_guard lock(owner_.mutex_);
    --owner_.running_;
    --owner_.here_;
    owner_.freed_.notify_one();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  PasswordHasher& owner_;
};

PasswordHasher::PasswordHasher(int most_at_once)
    : most_at_once_(std::max(most_at_once, 1)), nobody_(hash(core::random_hex(16))) {}

std::string PasswordHasher::hash(const std::string& password) {
  const Turn turn(*this);
  std::array<unsigned char, kSaltBytes> salt{};
  core::random_bytes(salt);
  std::array<char, 256> encoded{};
  const int code =
      argon2id_hash_encoded(kPasses, kMemory_KiB, kLanes, password.data(), password.size(), salt.data(),
                            salt.size(), kHashBytes, encoded.data(), encoded.size());
  if (code != ARGON2_OK) throw std::runtime_error(argon2_error_message(code));
  return encoded.data();
}

bool PasswordHasher::matches(const std::string& encoded, const std::string& password) {
  const Turn turn(*this);
  return argon2id_verify(encoded.c_str(), password.data(), password.size()) == ARGON2_OK;
}

}  // namespace turnkey::registry
