// SPDX-License-Identifier: Apache-2.0
#include "testing/authority.hpp"

#include <cstdlib>
#include <stdexcept>

namespace turnkey::testing {
namespace {

const std::string kNewKey = "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes ";

}  // namespace

Authority::Authority(const std::string& name) {
  run(kNewKey + "-x509 -days 2 -subj /CN=" + name + " -keyout ca.key -out ca.crt");
}

void Authority::issue(const std::string& name, const std::string& names, int days) const {
  const std::string extensions = names.empty() ? "" : "subjectAltName=" + names;
  run(kNewKey + "-subj /CN=" + name + " -keyout " + name + ".key -out " + name + ".csr && printf '" +
      extensions + "' > " + name + ".ext && openssl x509 -req -in " + name +
      ".csr -CA ca.crt -CAkey ca.key -CAcreateserial -days " + std::to_string(days) + " -extfile " + name +
      ".ext -out " + name + ".crt");
}

void Authority::run(const std::string& command) const {
  if (std::system(("cd " + folder_.path() + " && (" + command + ") 2>/dev/null").c_str()) != 0)
    throw std::runtime_error("openssl failed: " + command);
}

}  // namespace turnkey::testing
