// SPDX-License-Identifier: Apache-2.0
// Argon2id with OWASP's smallest recommended cost (19 MiB, 2 passes, 1 lane; OWASP password storage cheat
// sheet). At most two hashes run at once, so that a storm of sign-ins costs bounded memory; some more wait
// for their turn, and never all threads, so that other requests are answered meanwhile. Thread safe.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>

namespace turnkey::registry {

class PasswordHasher {
 public:
  explicit PasswordHasher(int most_at_once);  // that run or wait
  // Both wait at most two seconds for their turn, then throw core::UnavailableError; and at once when there
  // are too many.
  std::string hash(const std::string& password);  // encoded with salt and cost
  bool matches(const std::string& encoded, const std::string& password);
  // Costs what `matches` costs and is always false: for users who are not there.
  bool matches_nobody(const std::string& password) { return matches(nobody_, password) && false; }

 private:
  class Turn;
  std::mutex mutex_;
  std::condition_variable freed_;
  const int most_at_once_;
  int running_ = 0;
  int here_ = 0;  // running or waiting
  std::string nobody_;
};

}  // namespace turnkey::registry
