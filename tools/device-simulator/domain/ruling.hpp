// SPDX-License-Identifier: Apache-2.0
// What a check of a broker or of a firmware came to, rule by rule. Pure.
#pragma once

#include <string>
#include <vector>

#include "contracts/json.hpp"

namespace turnkey::simulator {

enum class Kept { yes, no, not_checked };

struct Ruling {
  std::string rule;      // its name
  std::string sentence;  // what it asks for
  Kept kept = Kept::not_checked;
  std::string saw{};  // why not
};

// `fault`: why it is broken; "" when it is kept.
Ruling ruling(std::string rule, std::string sentence, std::string fault);

bool all_kept(const std::vector<Ruling>& rulings);
// {"kept","broken","notChecked","rules":[{"rule","sentence","kept"?,"saw"?}]}; the rule's `kept` is missing
// where it was not checked.
contracts::Json to_json(const std::vector<Ruling>& rulings);
std::string to_text(const std::vector<Ruling>& rulings);

}  // namespace turnkey::simulator
