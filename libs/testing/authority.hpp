// SPDX-License-Identifier: Apache-2.0
// A certificate authority of a test's own, by the program openssl: PEM files in a temporary folder.
#pragma once

#include <string>

#include "testing/process.hpp"

namespace turnkey::testing {

class Authority {
 public:
  explicit Authority(const std::string& name);  // ca.crt and ca.key; throws when openssl fails
  // `name`.crt and `name`.key with that common name; `names` as in "IP:127.0.0.1,DNS:localhost", "" for none.
  // `days` may be negative: then it is over.
  void issue(const std::string& name, const std::string& names = {}, int days = 2) const;
  std::string path(const std::string& file) const { return folder_.path() + "/" + file; }

 private:
  void run(const std::string& command) const;
  TemporaryFolder folder_;
};

}  // namespace turnkey::testing
