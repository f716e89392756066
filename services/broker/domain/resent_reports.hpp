// SPDX-License-Identifier: Apache-2.0
// Which reports of a new connection are those of the connection before, sent again because their PUBACK got
// lost. Mosquitto shows plugins neither the packet id nor the DUP flag, nor (in 2.0) which connections ended
// in order; so they are known by what MQTT says of them (3.1.1, section 4.4), and only where the connection
// before broke for certain: it is taken over while it seems to live, or the broker was killed. A client that
// keeps its session then sends what was not acknowledged again, unchanged, in the old order and before
// anything else. Only the last reports of a connection can be among them: the others were acknowledged while
// it was alive.
//
// Such a device that repeats itself to the letter, without `time`, may so lose one report that equals the one
// before the break; a doubled one would be the other choice. Not thread safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "domain/journal_entry.hpp"
#include "domain/presence_map.hpp"

namespace turnkey::broker {

class ResentReports {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  // Of a connection; what clients have in flight unless told otherwise.
  static constexpr std::size_t kMost = 20;
  // Reports that came so long before a connection's last one had their PUBACK.
  static constexpr std::int64_t kSettledMs = 2000;
  static constexpr std::chrono::seconds kPatience{5};  // from the login on; they come at once
  static constexpr std::int64_t kYoungMs = 120'000;    // what is older when it is taken over had its PUBACK
  static constexpr std::chrono::minutes kKept{30};     // of a broker that was killed

  struct Journaled {
    JournalPosition position;
    std::int64_t received_ms = 0;
    bool retained = false;
  };

  void connected(ClientHandle client, const DeviceId& device, std::int64_t now_ms, Instant now);
  void ended(ClientHandle client);
  struct Report {
    ClientHandle client = nullptr;
    bool keeps_session = false;  // what its CONNECT said
    std::string_view topic;
    std::string_view payload;
  };
  // The report that this one repeats; it is not found again.
  std::optional<Journaled> repeated(const Report& report, Instant now);
  void remember(const Report& report, const Journaled& journaled);
  // From the journal of the process before, whose connections broke.
  void recovered(const DeviceId& device, std::string_view topic, std::string_view payload,
                 const Journaled& journaled, Instant now);
  void forget_old(Instant now);
  std::size_t devices() const { return records_.size(); }

 private:
  struct Sent {
    std::size_t hash;
    Journaled journaled;
  };
  struct Record {
    ClientHandle client = nullptr;
    Instant at{};                       // of the login; of one that is not here, of when it was recovered
    std::vector<Sent> before;           // of the connection that broke, and not repeated yet
    std::vector<Sent> now;              // of this one
    std::optional<std::size_t> next{};  // in `before`, once one was repeated
    bool expecting = false;
  };
  static void add(std::vector<Sent>& list, Sent sent);
  Record* record_of(ClientHandle client);

  std::unordered_map<DeviceId, Record> records_;
  std::unordered_map<ClientHandle, DeviceId> devices_;
};

}  // namespace turnkey::broker
