// SPDX-License-Identifier: Apache-2.0
// All that is sealed under the installation's seal key, wherever it is stored. Every function works in the
// caller's transaction.
#pragma once

#include <pqxx/transaction>
#include <string>
#include <vector>

namespace turnkey::registry::pg_sealed {

enum class What { registration_key, webhook_secret };

struct Text {
  What what;
  std::string id;      // of the key, of the integration
  std::string sealed;  // bytes
};

std::vector<Text> all(pqxx::work& tx);
// Unless it has been changed or taken away since it was read.
void replace(pqxx::work& tx, const Text& read, const std::string& sealed);

}  // namespace turnkey::registry::pg_sealed
