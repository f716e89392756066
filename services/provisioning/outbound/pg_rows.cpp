// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_rows.hpp"

#include <optional>
#include <pqxx/prepared_statement>
#include <stdexcept>
#include <utility>

namespace turnkey::provisioning {
namespace {

// A claim that nobody answered is asked for again after this; the user's own call has given up by then.
constexpr const char* kFirstTryAfter_ms = "4000";

using Text = std::optional<std::string>;
using Columns = std::vector<std::pair<const char*, Text>>;

std::string text(core::Timestamp time) { return std::to_string(core::to_epoch_ms(time)); }
Text text(const std::optional<core::Timestamp>& time) {
  if (!time) return std::nullopt;
  return text(*time);
}
const char* text(bool value) { return value ? "true" : "false"; }

Columns lasting_columns(const Provisioning& one) {
  const Device& device = one.device;
  return {{"user_id", one.user.str()},
          {"device_id", device.id.str()},
          {"serial", device.serial.str()},
          {"recipe_id", device.recipe.str()},
          {"register_attribute", device.register_attribute},
          {"assignment_epoch", std::to_string(device.assignment_epoch)},
          {"recipe_policy", std::string(to_string(device.policy))},
          {"window_ms", std::to_string(device.window.count())},
          {"burst_pause_ms", std::to_string(device.burst_pause.count())},
          {"blink_check", text(device.blink_check)},
          {"idempotency_key", one.idempotency_key},
          {"started_at_ms", text(one.started_at)},
          {"expires_at_ms", text(one.expires_at)}};
}

Columns changing_columns(const Provisioning& one) {
  Columns columns = {{"completing_at_ms", text(one.completing_at)},  // $2, see update_row
                     {"state", std::string(to_string(one.state))},
                     {"version", std::to_string(one.version)},
                     {"reason", one.reason},
                     {"ended_at_ms", text(one.ended_at)},
                     {"policy", std::string(to_string(one.policy))},
                     {"required_presses", std::to_string(one.required_presses)},
                     {"presses", std::to_string(one.presses)},
                     {"contended", text(one.contended)},
                     {"heard", text(one.heard)},
                     {"counts_from_ms", text(one.counts_from)},
                     {"last_press_at_ms", text(one.last_press_at)},
                     {"wrong_bursts", std::to_string(one.wrong_bursts)},
                     {"blinks", std::to_string(one.blinks)},
                     {"proven_at_ms", text(one.proven_at)},
                     {"identified_at_ms", text(one.identified_at)},
                     {"result", one.result}};
  const auto& other = one.other_press;
  columns.emplace_back("other_serial", other ? Text(other->serial.str()) : std::nullopt);
  columns.emplace_back("other_at_ms", other ? Text(text(other->at)) : std::nullopt);
  columns.emplace_back("wish_name", one.wish ? Text(one.wish->name) : std::nullopt);
  columns.emplace_back("wish_group_id", one.wish ? Text(one.wish->group_id) : std::nullopt);
  columns.emplace_back("wish_model", one.wish ? Text(one.wish->model) : std::nullopt);
  return columns;
}

// The values with the id in front; they stay the columns' own.
std::vector<const char*> parameters(const Provisioning& one, const Columns& columns) {
  std::vector<const char*> values = {one.id.str().c_str()};
  for (const auto& [name, value] : columns) values.push_back(value ? value->c_str() : nullptr);
  return values;
}

std::optional<core::Timestamp> time_of(const pqxx::field& field) {
  if (field.is_null()) return std::nullopt;
  return core::from_epoch_ms(field.as<std::int64_t>());
}

template <typename Value>
Value known(std::optional<Value> value) {
  if (!value) throw std::runtime_error("the table of provisionings holds a word that is not known");
  return *value;
}

Device device_of(const pqxx::row& row) {
  Device device;
  device.id = core::DeviceId::trusted(row["device_id"].as<std::string>());
  device.serial = core::Serial::trusted(row["serial"].as<std::string>());
  device.recipe = core::RecipeId::trusted(row["recipe_id"].as<std::string>());
  device.register_attribute = row["register_attribute"].as<std::string>();
  device.assignment_epoch = row["assignment_epoch"].as<std::int64_t>();
  device.policy = known(policy_from(row["recipe_policy"].as<std::string>()));
  device.window = core::Millis(row["window_ms"].as<std::int64_t>());
  device.burst_pause = core::Millis(row["burst_pause_ms"].as<std::int64_t>());
  device.blink_check = row["blink_check"].as<bool>();
  return device;
}

Provisioning provisioning_of(const pqxx::row& row) {
  Provisioning one;
  one.id = core::ProvisioningId::trusted(row["id"].as<std::string>());
  one.user = core::UserId::trusted(row["user_id"].as<std::string>());
  one.device = device_of(row);
  one.idempotency_key = row["idempotency_key"].as<std::string>();
  one.state = known(state_from(row["state"].as<std::string>()));
  one.version = row["version"].as<std::int64_t>();
  one.reason = row["reason"].as<std::string>();
  one.started_at = known(time_of(row["started_at_ms"]));
  one.expires_at = known(time_of(row["expires_at_ms"]));
  one.ended_at = time_of(row["ended_at_ms"]);
  one.policy = known(policy_from(row["policy"].as<std::string>()));
  one.required_presses = row["required_presses"].as<int>();
  one.presses = row["presses"].as<int>();
  one.contended = row["contended"].as<bool>();
  one.heard = row["heard"].as<bool>();
  one.counts_from = known(time_of(row["counts_from_ms"]));
  one.last_press_at = time_of(row["last_press_at_ms"]);
  one.wrong_bursts = row["wrong_bursts"].as<int>();
  one.blinks = row["blinks"].as<int>();
  one.proven_at = time_of(row["proven_at_ms"]);
  one.identified_at = time_of(row["identified_at_ms"]);
  one.completing_at = time_of(row["completing_at_ms"]);
  if (!row["other_serial"].is_null()) {
    one.other_press = OtherPress{core::Serial::trusted(row["other_serial"].as<std::string>()),
                                 known(time_of(row["other_at_ms"]))};
  }
  if (!row["wish_name"].is_null()) {
    one.wish = Wish{row["wish_name"].as<std::string>(), row["wish_group_id"].as<std::string>(),
                    row["wish_model"].as<std::string>()};
  }
  one.result = row["result"].as<std::string>();
  return one;
}

}  // namespace

std::vector<Provisioning> read_rows(const pqxx::result& rows) {
  std::vector<Provisioning> all;
  for (const auto& row : rows) all.push_back(provisioning_of(row));
  return all;
}

void insert_row(pqxx::work& tx, const Provisioning& window) {
  Columns columns = lasting_columns(window);
  for (auto& column : changing_columns(window)) columns.push_back(std::move(column));
  std::string names = "id";
  std::string places = "$1";
  for (std::size_t i = 0; i < columns.size(); ++i) {
    names += std::string(", ") + columns[i].first;
    places += ", $" + std::to_string(i + 2);
  }
  tx.exec_params("insert into provisionings (" + names + ") values (" + places + ")",
                 pqxx::prepare::make_dynamic_params(parameters(window, columns)));
}

void update_row(pqxx::work& tx, const Provisioning& window) {
  const Columns columns = changing_columns(window);
  // A new claim begins its tries anew.
  std::string sql =
      std::string(
          "update provisionings set completion_tries = case when completing_at_ms is distinct from "
          "$2 then 0 else completion_tries end, completion_next_at_ms = case when completing_at_ms is "
          "distinct from $2 then coalesce($2::bigint, 0) + ") +
      kFirstTryAfter_ms + " else completion_next_at_ms end";
  for (std::size_t i = 0; i < columns.size(); ++i) {
    sql += std::string(", ") + columns[i].first + " = $" + std::to_string(i + 2);
  }
  tx.exec_params(sql + " where id = $1", pqxx::prepare::make_dynamic_params(parameters(window, columns)));
}

}  // namespace turnkey::provisioning
