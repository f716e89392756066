// SPDX-License-Identifier: Apache-2.0
// What a state report is called and when it came, by what stands between the device and us
// (docs/clusters.md).
//
//   broker     id                                                    time of receipt
//   turnkey    the broker's                                          the broker's
//   stamping   of topic, payload and the broker's time               the broker's
//   plain      of topic and payload, when the report has a time of   ours
//              its own; else of this very delivery
//
// The same report has the same id on every replica and however often it is delivered, but for the last case:
// nothing tells two of these apart from one that comes twice. An id that is made here has the broker's form,
// with a journal of zeros and the second of its time as segment, so that all that holds ids holds these too.
// Pure; thread safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace turnkey::contracts {

// The journal of ids that are made here: none of the plugin's, whose journals are random.
inline constexpr std::string_view kNoJournal = "0000000000000000";

// Who stands behind TURNKEY_MQTT_HOST: Mosquitto with Turnkey's plugin, whose word is taken for a report's
// id, its time of receipt and a device's credentials; a broker that sets the time of receipt; any MQTT 5
// broker.
enum class BrokerKind { turnkey, stamping, plain };

struct Delivery {
  std::string_view topic;
  std::string_view payload;
  std::optional<std::string_view> id{};    // turnkey-id
  std::optional<std::string_view> time{};  // turnkey-time
  core::Timestamp now;                     // of its arrival here
  std::string arrival{};                   // says which delivery this is, among those of all replicas
};

enum class StampedBy { broker, own_time, arrival, nobody };
std::string_view to_string(StampedBy by);

struct ReportStamp {
  std::string id{};  // empty for `nobody`
  core::Timestamp received;
  StampedBy by = StampedBy::nobody;
};

// `nobody`: of the kind `turnkey` there should be an id and a time, and there is none.
ReportStamp stamp_of(BrokerKind kind, const Delivery& delivery);

}  // namespace turnkey::contracts
