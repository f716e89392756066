// SPDX-License-Identifier: Apache-2.0
#include "commands/import_plan.hpp"

#include <algorithm>

namespace turnkey::ctl {
namespace {

constexpr std::size_t kErrorsShown = 50;

std::int64_t number(const Json& plan, const char* name) {
  const auto it = plan.find(name);
  return it != plan.end() && it->is_number_integer() ? it->get<std::int64_t>() : 0;
}

Json list(const Json& document, const char* name) {
  const auto it = document.find(name);
  return it != document.end() && it->is_array() ? *it : Json::array();
}

std::string rows(std::int64_t count) { return std::to_string(count) + (count == 1 ? " row" : " rows"); }

std::string sentence(const PlanNumbers& n) {
  std::string text = rows(n.rows) + ": " + std::to_string(n.create) + " to register, " +
                     std::to_string(n.unchanged) + " registered already, " + std::to_string(n.bad) + " bad.";
  if (n.provisioned > 0)
    text += " " + std::to_string(n.provisioned) + " of them are handed over to their group at once.";
  return text;
}

}  // namespace

PlanNumbers numbers_of(const Json& document) {
  const Json plan = document.value("plan", Json::object());
  PlanNumbers numbers{number(plan, "rows"), number(plan, "create"), number(plan, "unchanged"),
                      number(plan, "provisioned"), number(plan, "bad")};
  // A row may have more than one wrong cell, so errors are no rows; but where there are errors, something is
  // bad.
  if (numbers.bad == 0) numbers.bad = list(document, "errors").empty() ? 0 : 1;
  return numbers;
}

void show_plan(Shell& shell, const Json& document) {
  const std::size_t columns_wide = shell.world().err_is_terminal ? shell.world().columns : 0;
  const Json plan = document.value("plan", Json::object());
  if (const Json columns = list(plan, "columns"); !columns.empty())
    shell.note(table_of(columns, {{"COLUMN", "/name"}, {"TAKEN AS", "/meaning"}}).text(columns_wide));
  if (const Json sample = list(plan, "sample"); !sample.empty())
    shell.note(table_of(sample, {{"LINE", "/line"},
                                 {"SERIAL", "/serial"},
                                 {"NAME", "/name"},
                                 {"GROUP", "/group"},
                                 {"MODEL", "/model"},
                                 {"TAGS", "/tags", Form::tags}})
                   .text(columns_wide));
  Json errors = list(document, "errors");
  const auto count =
      std::max<std::int64_t>(number(document, "errorCount"), static_cast<std::int64_t>(errors.size()));
  if (!errors.empty()) {
    if (errors.size() > kErrorsShown) errors.erase(errors.begin() + kErrorsShown, errors.end());
    // Not cut to the terminal: what a cell holds and what would be right are both needed.
    std::string text =
        table_of(errors, {{"LINE", "/line"}, {"COLUMN", "/column"}, {"WHAT IS WRONG", "/message"}}).text(0);
    const auto hidden = count - static_cast<std::int64_t>(errors.size());
    if (hidden > 0) text += "and " + std::to_string(hidden) + " more (--json tells up to 10000 of them)\n";
    shell.note(text);
  }
  shell.note(sentence(numbers_of(document)));
}

Failure bad_rows(const Json& document) {
  const auto bad = numbers_of(document).bad;
  Failure result = failure(ExitCode::invalid, "invalid",
                           rows(bad) + (bad == 1 ? " is" : " are") +
                               " bad, so nothing is registered. --skip-bad registers the others.");
  result.problem["status"] = 422;
  result.problem.update(document);
  return result;
}

}  // namespace turnkey::ctl
