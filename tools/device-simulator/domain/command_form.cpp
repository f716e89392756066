// SPDX-License-Identifier: Apache-2.0
#include "domain/command_form.hpp"

#include "contracts/json.hpp"
#include "core/time.hpp"

namespace turnkey::simulator {

std::string fault_of_command(std::string_view payload) {
  const auto json = contracts::parse_json(payload);
  if (!json || !json->is_object()) return "it is no JSON object";
  contracts::ObjectReader in(*json);
  in.allow_only({"name", "payload", "time"});
  in.text("name", 1, 255);
  const contracts::Json* time = in.object("time");
  if (!in.ok()) return "its fields are not name, payload and time";
  const auto date = time->find("$date");
  const bool said = date != time->end() && date->is_string() && time->size() == 1;
  const auto read = said ? core::from_iso(date->get<std::string>()) : std::nullopt;
  // Some clients read one form alone.
  if (!read || core::to_iso(*read) != date->get<std::string>())
    return "its time is not {\"$date\":\"YYYY-MM-DDTHH:MM:SS.mmmZ\"} with milliseconds";
  return {};
}

}  // namespace turnkey::simulator
