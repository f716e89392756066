// SPDX-License-Identifier: Apache-2.0
// What registering a batch would do, as the server says before it is done: numbers, how columns are taken,
// the first rows, and every wrong cell.
#pragma once

#include <cstdint>

#include "commands/shell.hpp"

namespace turnkey::ctl {

struct PlanNumbers {
  std::int64_t rows = 0;
  std::int64_t create = 0;
  std::int64_t unchanged = 0;
  std::int64_t provisioned = 0;
  std::int64_t bad = 0;
};
PlanNumbers numbers_of(const Json& document);  // {"plan":{...},"errors"?,"errorCount"?}

// The tables, for people: on standard error, since standard output is for results.
void show_plan(Shell& shell, const Json& document);
// The plan's errors as the failure of an import that may not leave rows out.
Failure bad_rows(const Json& document);

}  // namespace turnkey::ctl
