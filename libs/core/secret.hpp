// SPDX-License-Identifier: Apache-2.0
// A secret that may change while the program runs: a file that is read anew at every use, so that a change
// needs no restart. One line is one secret; there are two only while it is rotated (deploy/rotate-secrets):
// the older, then the newer. Thread safe.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace turnkey::core {

class Secret {
 public:
  Secret() = default;  // none
  // A text is a secret, of programs that get theirs once.
  Secret(std::string fixed) : fixed_(std::move(fixed)) {}
  Secret(const char* fixed) : fixed_(fixed) {}
  static Secret in_file(std::string path);

  // The oldest first, without blanks around them and without empty ones. None when there is none, or the file
  // cannot be read.
  std::vector<std::string> all() const;

 private:
  std::string fixed_;
  std::string path_;
};

}  // namespace turnkey::core
