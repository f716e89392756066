// SPDX-License-Identifier: Apache-2.0
// What a request says about a user; its errors go into `in`. Which fields are allowed is the method's to say.
#pragma once

#include "contracts/json.hpp"
#include "usecases/administer_users.hpp"

namespace turnkey::registry {

UserFields read_user_fields(contracts::ObjectReader& in);

}  // namespace turnkey::registry
