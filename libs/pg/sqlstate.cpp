// SPDX-License-Identifier: Apache-2.0
#include "pg/sqlstate.hpp"

namespace turnkey::pg {

bool is_unavailable(std::string_view sqlstate) {
  return sqlstate == "57014" || sqlstate == "25P03" || sqlstate.starts_with("57P") ||
         sqlstate.starts_with("53") || sqlstate.starts_with("08");
}

}  // namespace turnkey::pg
