// SPDX-License-Identifier: Apache-2.0
// The plugin: what happens at each of Mosquitto's events. All calls come on the broker's one thread; what
// other threads have to say (the credential reader) is taken from a queue in `on_tick`.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "domain/gatekeeper.hpp"
#include "domain/throttle.hpp"
#include "outbound/metrics_file.hpp"
#include "outbound/pg_credentials.hpp"
#include "plugin/mosquitto_api.hpp"
#include "plugin/reports.hpp"
#include "settings.hpp"

struct mosquitto_evt_acl_check;
struct mosquitto_evt_basic_auth;
struct mosquitto_evt_control;
struct mosquitto_evt_message;

namespace turnkey::broker {

class BrokerPlugin {
 public:
  // Throws std::runtime_error with a sentence that says why the broker must not start.
  explicit BrokerPlugin(Settings settings);

  // These return Mosquitto's result codes.
  int on_login(const mosquitto_evt_basic_auth& event);
  int on_access(const mosquitto_evt_acl_check& event);
  int on_message(mosquitto_evt_message& event);
  int on_credentials(const mosquitto_evt_control& event);
  int on_journal(const mosquitto_evt_control& event);
  void on_disconnect(const mosquitto* client);
  void on_reload();
  void on_tick();

 private:
  using Instant = std::chrono::steady_clock::time_point;

  int hand_out(const ClientView& client, std::string_view topic);  // which may go to whom it is for
  int refuse_too_large(const mosquitto_evt_acl_check& event);
  int take_report(mosquitto_evt_message& event);
  int take_command(mosquitto_evt_message& event);
  // A report over HTTP: whether its device, named by the topic, would be let in with what it showed.
  Login judge_shown(const mosquitto_evt_message& event, std::string_view device) const;
  bool shown_is_right(const mosquitto_evt_message& event, std::string_view device);
  void announce_start();
  void announce(const PresenceChange& change);
  void apply(const CredentialRow& row);
  void cut_session(const AccessKey& key, const DeviceId& device, std::string_view reason = "revoked");
  void end_keys();
  void take_credentials();
  void take_batch(const CredentialBatch& batch);
  void count(Instant now);
  void write_metrics();

  const Settings settings_;
  const std::string boot_id_;
  Gatekeeper gatekeeper_;
  Reports reports_;
  bool announced_start_ = false;
  bool backlogs_deep_ = false;  // the listeners are there at the first tick, not before
  bool reloading_ = false;      // Mosquitto asks for every login again, of sessions whose device is away too
  bool loaded_ = false;         // the first comparison with the database is complete
  Metrics counters_;
  Instant counted_at_{};
  bool metrics_failed_ = false;
  // One for each kind, so that a flood of one does not hide another.
  std::array<Throttle, kLogins> login_log_{};  // by Login
  std::array<Throttle, 3> denied_log_{};       // by Access
  Throttle size_log_{};
  std::unique_ptr<PgCredentials> database_;
};

}  // namespace turnkey::broker
