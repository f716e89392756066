// SPDX-License-Identifier: Apache-2.0
// State reports and presences from the broker into the spool, inside the client's callback. Only what is
// written is told to the broker's journal (with a broker without the plugin: acknowledged). A report that
// cannot be written is refused: the connection is cut, and the subscriptions are given up until there is room
// again; the broker's journal keeps what comes meanwhile. `look` is for one thread, the rest is thread safe.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "bus/client.hpp"
#include "contracts/topics.hpp"
#include "domain/press_filter.hpp"
#include "domain/report_ranges.hpp"
#include "domain/spool_entry.hpp"
#include "service/settings.hpp"

namespace turnkey::ingest {

class Intake {
 public:
  struct Hooks {
    std::function<bool(const SpoolEntry&)> append;  // one write(2)
    std::function<bool()> has_room;
    std::function<void(const ReportKey&)> spooled;
    std::function<void(SeenReport)> seen;
    std::function<void()> refused;                        // counts
    std::function<void(contracts::StampedBy)> unstamped;  // counts
    std::function<void()> again;                          // subscribed again: say hello
    std::function<std::string()> trouble;                 // why the last append failed
  };
  Intake(bus::Client& client, const service::Settings& settings, const core::Clock& clock, Hooks hooks);

  void open();
  void close();
  void look();  // closes after a refusal, opens when there is room
  bool refusing() const { return refusing_; }

 private:
  void on_report(const bus::Message& message);
  void on_presence(const bus::Message& message);
  void refuse();
  SpoolEntry entry_of(const bus::Message& message);
  std::string next_arrival();
  int report_qos() const;
  std::vector<std::string> report_filters() const;

  bus::Client& client_;
  const contracts::topics::Roots roots_;
  const contracts::BrokerKind broker_;
  const std::string client_id_;
  const core::Clock& clock_;
  const Hooks hooks_;
  std::atomic<std::uint64_t> arrivals_{0};
  std::atomic<bool> refusing_{false};
  bool open_ = false;
};

// For what was in the spool at the start too.
SeenReport seen_report_of(const SpoolEntry& entry, const std::string& device_id);

}  // namespace turnkey::ingest
