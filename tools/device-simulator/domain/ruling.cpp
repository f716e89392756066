// SPDX-License-Identifier: Apache-2.0
#include "domain/ruling.hpp"

#include <algorithm>

namespace turnkey::simulator {
namespace {

using contracts::Json;

std::ptrdiff_t count_of(const std::vector<Ruling>& rulings, Kept kept) {
  return std::count_if(rulings.begin(), rulings.end(),
                       [kept](const Ruling& one) { return one.kept == kept; });
}

const char* mark(Kept kept) {
  switch (kept) {
    case Kept::yes:
      return "ok     ";
    case Kept::no:
      return "WRONG  ";
    case Kept::not_checked:
      return "-      ";
  }
  return "WRONG  ";
}

}  // namespace

Ruling ruling(std::string rule, std::string sentence, std::string fault) {
  const Kept kept = fault.empty() ? Kept::yes : Kept::no;
  return {std::move(rule), std::move(sentence), kept, std::move(fault)};
}

bool all_kept(const std::vector<Ruling>& rulings) { return count_of(rulings, Kept::no) == 0; }

Json to_json(const std::vector<Ruling>& rulings) {
  Json rules = Json::array();
  for (const auto& one : rulings) {
    Json rule = {{"rule", one.rule}, {"sentence", one.sentence}};
    if (one.kept != Kept::not_checked) rule["kept"] = one.kept == Kept::yes;
    if (!one.saw.empty()) rule["saw"] = one.saw;
    rules.push_back(std::move(rule));
  }
  return {{"kept", count_of(rulings, Kept::yes)},
          {"broken", count_of(rulings, Kept::no)},
          {"notChecked", count_of(rulings, Kept::not_checked)},
          {"rules", std::move(rules)}};
}

std::string to_text(const std::vector<Ruling>& rulings) {
  std::string text;
  for (const auto& one : rulings) {
    text += mark(one.kept) + one.sentence + "\n";
    if (!one.saw.empty()) text += "       -> " + one.saw + "\n";
  }
  return text;
}

}  // namespace turnkey::simulator
