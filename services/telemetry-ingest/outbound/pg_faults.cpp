// SPDX-License-Identifier: Apache-2.0
#include "outbound/pg_faults.hpp"

#include <map>
#include <pqxx/result>
#include <set>

#include "contracts/messages.hpp"
#include "domain/faults.hpp"
#include "outbound/pg_rows.hpp"
#include "service/log.hpp"

namespace turnkey::ingest {
namespace {

using contracts::Json;

constexpr const char* kFault = "fault";
constexpr std::chrono::milliseconds kAnswer{2000};

struct Watched {
  std::string device_id;
  std::string attribute;
  std::vector<Sample> samples;
};
using Pair = std::pair<int, int>;  // device and attribute

std::map<Pair, Watched> watched_of(const Sorted& sorted, const StoredKeys& keys) {
  std::map<Pair, Watched> all;
  for (const Item* item : sorted.fresh) {
    const auto& message = item->message;
    if (message.fault_attribute.empty()) continue;
    for (const auto& sample : message.samples) {
      if (sample.attribute != message.fault_attribute) continue;
      auto& watched = all[{keys.device(message.device_id), keys.attribute(sample.attribute)}];
      watched.device_id = message.device_id;
      watched.attribute = sample.attribute;
      watched.samples.push_back(sample);
    }
  }
  return all;
}

// All rows of `latest` that this batch will change are locked, in the order in which it will change them: of
// two replicas the second sees what the first one stored, and none waits for the other crosswise.
Json pairs_of(const Sorted& sorted, const StoredKeys& keys) {
  std::set<Pair> all;
  for (const Item* item : sorted.fresh) {
    for (const auto& sample : item->message.samples)
      all.insert({keys.device(item->message.device_id), keys.attribute(sample.attribute)});
  }
  Json pairs = Json::array();
  for (const auto& [device, attribute] : all) pairs.push_back({{"d", device}, {"a", attribute}});
  return pairs;
}

std::map<Pair, LastFaultState> last_states(pqxx::work& tx, const Json& pairs) {
  std::map<Pair, LastFaultState> states;
  for (const auto& row : tx.exec_params(
           "select l.device_key, l.attribute_key, " + ms_of("l.time") +
               ", l.number, l.text from latest l join jsonb_to_recordset($1::jsonb) as x (d int, a int) "
               "on l.device_key = x.d and l.attribute_key = x.a order by 1, 2 for update of l",
           text_of(pairs))) {
    states[{row[0].as<int>(), row[1].as<int>()}] = {
        core::from_epoch_ms(row[2].as<std::int64_t>()),
        is_fault(optional_of<double>(row[3]), row[4].as<std::string>(""))};
  }
  return states;
}

Json value_of(const Sample& sample) { return sample.number ? Json(*sample.number) : Json(sample.text); }

}  // namespace

void note_faults(pqxx::work& tx, const Sorted& sorted, const StoredKeys& keys) {
  const auto all = watched_of(sorted, keys);
  if (all.empty()) return;
  const auto states = last_states(tx, pairs_of(sorted, keys));
  for (const auto& [pair, watched] : all) {
    const auto state = states.find(pair);
    const auto last = state == states.end() ? std::nullopt : std::optional(state->second);
    for (const auto& sample : beginnings(last, watched.samples)) {
      const contracts::Fault fault{core::DeviceId::trusted(watched.device_id), sample.time, watched.attribute,
                                   value_of(sample)};
      pg::write_outbox(tx, kFault, watched.device_id, contracts::to_json(fault).dump());
    }
  }
}

bool tell_fault(bus::RpcCaller& caller, const pg::OutboxEntry& entry) {
  const auto told = caller.call("registry", "device_faulted", Json::parse(entry.payload), "", kAnswer);
  if (told) return true;
  using core::ErrorCode;
  const auto code = told.error().code;
  if (code == ErrorCode::unavailable || code == ErrorCode::internal || code == ErrorCode::throttled)
    return false;
  service::log_warning("the registry does not take the beginning of a fault",
                       {{"device_id", entry.key}, {"reason", told.error().message}});
  return true;
}

}  // namespace turnkey::ingest
