// SPDX-License-Identifier: Apache-2.0
// Open event streams of provisionings: snapshot, presses as they come in, every change of state, closed after
// a final one. A stream is registered before its first snapshot is asked for, so nothing falls between. Its
// right is asked for again when the user changed, the session ended or events may have been missed. Thread
// safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "bus/client.hpp"
#include "bus/worker.hpp"
#include "core/time.hpp"
#include "domain/live_provisioning.hpp"
#include "http/server.hpp"
#include "inbound/access.hpp"
#include "outbound/services.hpp"

namespace turnkey::gateway {

// A provisioning as HTTP shows it: with the server's time, its version, and whether its device is there.
contracts::Json shown_provisioning(const contracts::ProvisioningView& view, std::int64_t version,
                                   core::Timestamp now);

class ProvisioningStreams {
 public:
  ProvisioningStreams(bus::Client& client, Services& services, const Access& access, bus::Worker& worker,
                      const core::Clock& clock);
  // Asks for the state in the session's name; its refusal is the stream's.
  core::Result<core::Done> open(const std::shared_ptr<http::EventStream>& stream, const std::string& id,
                                const Session& session);
  void user_changed(const core::UserId& user);
  void check_all();  // after events may have been missed
  void check_ended_sessions(core::Timestamp now);
  void stop() { stopping_ = true; }  // checks that wait for a service give up

 private:
  struct Viewer {
    std::shared_ptr<http::EventStream> stream;
    Reader reader;
    LiveProvisioning live;
    std::uint64_t events = 0;
    bool check_queued = false;  // and not begun
  };
  using Viewers = std::map<std::uint64_t, Viewer>;
  void on_press(const bus::Message& message);
  void on_status(const bus::Message& message);
  void send_state(Viewer& viewer, const char* event, const contracts::ProvisioningView& view,
                  std::int64_t version) const;
  void send_snapshot(Viewer& viewer, const contracts::ProvisioningView& view, std::int64_t version) const;
  template <typename Which>
  void check_where(const Which& which);                                // called with the lock held
  Viewer* find(const core::ProvisioningId& id, std::uint64_t number);  // likewise
  void closed(const core::ProvisioningId& id, std::uint64_t number);
  void check_or_end(const core::ProvisioningId& id, std::uint64_t number);
  core::Result<core::Done> check(const core::ProvisioningId& id, std::uint64_t number);

  Services& services_;
  const Access& access_;
  bus::Worker& worker_;
  const core::Clock& clock_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::map<core::ProvisioningId, Viewers> by_provisioning_;
  std::uint64_t next_number_ = 1;
};

}  // namespace turnkey::gateway
