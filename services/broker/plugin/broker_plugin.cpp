// SPDX-License-Identifier: Apache-2.0
#include "plugin/broker_plugin.hpp"

#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

#include "core/random.hpp"
#include "core/time.hpp"
#include "inbound/control_messages.hpp"
#include "plugin/backlog.hpp"
#include "plugin/health.hpp"

namespace turnkey::broker {
namespace {

using mosquitto_api::Level;
using mosquitto_api::printable;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kCountPeriod{5};
// A tick may spend so long on new credentials while clients wait, and so long before any can log in at all.
constexpr std::chrono::milliseconds kCredentialTime{10};
constexpr std::chrono::milliseconds kFirstLoadTime{50};

std::string read_file(const std::string& path, const std::string& what) {
  const std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read the " + what + " " + path + ": " + std::strerror(errno));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

ServiceUsers read_services(const std::string& path) {
  auto users = ServiceUsers::parse(read_file(path, "services file"));
  if (!users) throw std::runtime_error(users.error().message + " (" + path + ")");
  return std::move(*users);
}

core::Secret connection_strings(const std::string& path) {
  auto strings = core::Secret::in_file(path);
  if (strings.all().empty())
    throw std::runtime_error("the database file " + path + " is empty or cannot be read");
  return strings;
}

const char* to_text(Login login) {
  switch (login) {
    case Login::device:
    case Login::service:
      return "";
    case Login::integration:
      return "the key is an integration's";
    case Login::unknown_key:
      return "unknown user name";
    case Login::wrong_secret:
      return "wrong secret";
    case Login::wrong_client_id:
      return "the key belongs to another client id";
    case Login::wrong_password:
      return "wrong password of a service";
    case Login::ended_key:
      return "the key has ended";
    case Login::wrong_certificate:
      return "the certificate is of another name than the client id";
    case Login::wrong_address:
      return "the key may not be used from this address";
  }
  return "";
}

const char* to_text(Access access) {
  switch (access) {
    case Access::subscribe:
      return "subscribe to";
    case Access::publish:
      return "publish to";
    case Access::receive:
      return "receive";
  }
  return "";
}

// The result that keeps a report from getting a PUBACK that reads as success. Denied becomes PUBACK 0x87 in
// MQTT 5; before, Mosquitto would send a plain PUBACK, so there the connection ends instead.
int refusal(const mosquitto* client, int qos) {
  const bool can_say_so = qos == 0 || mosquitto_api::speaks_version_5(client);
  return can_say_so ? MOSQ_ERR_ACL_DENIED : MOSQ_ERR_UNKNOWN;
}

// The text is only made when it is logged: a refusal must stay cheap.
template <typename MakeText>
void log_limited(Throttle& throttle, MakeText&& make_text) {
  const auto left_out = throttle.pass(Clock::now());
  if (!left_out) return;
  const std::string more = *left_out == 0 ? "" : "; " + std::to_string(*left_out) + " like it before";
  log(Level::warning, make_text() + more);
}

std::optional<std::chrono::seconds> seconds_from(std::string_view text) {
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::chrono::seconds(seconds);
}

std::uint64_t seconds_since_epoch() {
  return static_cast<std::uint64_t>(core::to_epoch_ms(core::SystemClock().now()) / 1000);
}

std::string now_iso() { return core::to_iso(core::SystemClock().now()); }

std::string_view payload_of(const void* payload, std::uint32_t size) {
  return size == 0 ? std::string_view{} : std::string_view(static_cast<const char*>(payload), size);
}

}  // namespace

BrokerPlugin::BrokerPlugin(Settings settings)
    : settings_(std::move(settings)),
      boot_id_(core::random_hex(8)),
      gatekeeper_(settings_.roots, read_services(settings_.services_file)),
      reports_(settings_.journal_dir, {settings_.journal_segment_bytes, settings_.journal_max_bytes},
               ReplayLimits{settings_.replay_in_flight, settings_.replay_timeout}, gatekeeper_.acl()) {
  counters_.services_read_at_s = seconds_since_epoch();
  if (settings_.database_file.empty()) {
    log(Level::warning, "no plugin_opt_database_file: no device can log in");
    return;
  }
  PgCredentialsTiming timing;
  timing.repair = settings_.repair;
  timing.compare = settings_.compare;
  database_ = std::make_unique<PgCredentials>(connection_strings(settings_.database_file), timing);
}

int BrokerPlugin::on_login(const mosquitto_evt_basic_auth& event) {
  ClientView client = mosquitto_api::view(event.client);
  client.certificate_name = mosquitto_api::certificate_name(event.client);
  const std::string_view password = event.password == nullptr ? "" : event.password;
  const Login login = gatekeeper_.judge(client, password);
  const bool right = login == Login::device || login == Login::service || login == Login::integration;
  if (reloading_) {
    const bool away = login == Login::wrong_address && client.address.empty();
    return right || away ? MOSQ_ERR_SUCCESS : MOSQ_ERR_AUTH;
  }
  ++counters_.logins.at(static_cast<std::size_t>(login));
  if (right) {
    gatekeeper_.logged_in(client, login);
    const auto device = DeviceId::parse(client.id);
    const bool sends_again = login == Login::device && mosquitto_api::keeps_session(event.client);
    if (sends_again && device) reports_.device_connected(event.client, *device, Clock::now());
    return MOSQ_ERR_SUCCESS;
  }
  log_limited(login_log_.at(static_cast<std::size_t>(login)),
              [&] { return "refused login of client '" + printable(client.id) + "': " + to_text(login); });
  return MOSQ_ERR_AUTH;
}

int BrokerPlugin::on_access(const mosquitto_evt_acl_check& event) {
  if (event.access == MOSQ_ACL_UNSUBSCRIBE) return MOSQ_ERR_SUCCESS;
  const Access access = event.access == MOSQ_ACL_SUBSCRIBE ? Access::subscribe
                        : event.access == MOSQ_ACL_WRITE   ? Access::publish
                                                           : Access::receive;
  const ClientView client = mosquitto_api::view(event.client);
  if (access != Access::receive) {
    if (const auto change = gatekeeper_.presence().sign_of_life(client.handle)) announce(*change);
  }
  const std::string_view topic = event.topic;
  if (gatekeeper_.may(access, client, topic, event.payloadlen)) {
    return access == Access::receive ? hand_out(client, topic) : MOSQ_ERR_SUCCESS;
  }
  if (access == Access::publish && event.payloadlen > kMaxReportBytes &&
      gatekeeper_.may(access, client, topic, kMaxReportBytes)) {
    return refuse_too_large(event);
  }
  ++counters_.denied.at(static_cast<std::size_t>(access));
  log_limited(denied_log_.at(static_cast<std::size_t>(access)), [&] {
    return "denied client '" + printable(client.id) + "' to " + to_text(access) + " '" + printable(topic) +
           "' (" + std::to_string(event.payloadlen) + " bytes)";
  });
  return MOSQ_ERR_ACL_DENIED;
}

int BrokerPlugin::hand_out(const ClientView& client, std::string_view topic) {
  if (gatekeeper_.acl().device_of_command(topic) && !gatekeeper_.command_may_go(client, Clock::now())) {
    ++counters_.commands_not_kept;
    return MOSQ_ERR_ACL_DENIED;
  }
  if (!Acl::known_service(client.user_name) && Acl::integration_of_event(topic) &&
      !gatekeeper_.event_may_go(client)) {
    ++counters_.events_not_kept;
    return MOSQ_ERR_ACL_DENIED;
  }
  return MOSQ_ERR_SUCCESS;
}

int BrokerPlugin::refuse_too_large(const mosquitto_evt_acl_check& event) {
  reports_.refused_too_large();
  log_limited(size_log_, [&] {
    return "a report of " + std::to_string(event.payloadlen) + " bytes on '" + printable(event.topic) +
           "' is too large";
  });
  return refusal(event.client, event.qos);
}

int BrokerPlugin::on_message(mosquitto_evt_message& event) {
  const std::string_view topic = event.topic;
  if (gatekeeper_.acl().device_of_command(topic)) return take_command(event);
  if (const auto device = gatekeeper_.acl().device_of_login(topic))
    return judge_shown(event, *device) == Login::device ? MOSQ_ERR_SUCCESS : MOSQ_ERR_ACL_DENIED;
  const auto device = gatekeeper_.acl().device_of_state(topic);
  if (!device) return MOSQ_ERR_SUCCESS;
  if (Acl::known_service(mosquitto_api::view(event.client).user_name) && !shown_is_right(event, *device))
    return MOSQ_ERR_ACL_DENIED;
  return take_report(event);
}

int BrokerPlugin::take_command(mosquitto_evt_message& event) {
  const auto given = mosquitto_api::user_property(event.properties, "turnkey-valid-for");
  gatekeeper_.commands().arrives(given ? seconds_from(*given) : std::nullopt);
  // Nothing of ours goes on to firmware.
  return mosquitto_api::replace_properties(&event.properties, {}) ? MOSQ_ERR_SUCCESS : MOSQ_ERR_NOMEM;
}

Login BrokerPlugin::judge_shown(const mosquitto_evt_message& event, std::string_view device) const {
  const auto shown = [&](const char* name) {
    return mosquitto_api::user_property(event.properties, name).value_or("");
  };
  const std::string key = shown("turnkey-key");
  const std::string address = shown("turnkey-address");
  return gatekeeper_.judge_key({nullptr, device, key, address}, shown("turnkey-secret"));
}

bool BrokerPlugin::shown_is_right(const mosquitto_evt_message& event, std::string_view device) {
  const Login login = judge_shown(event, device);
  if (login == Login::device) return event.payloadlen <= kMaxReportBytes;
  ++counters_.logins.at(static_cast<std::size_t>(login));
  log_limited(login_log_.at(static_cast<std::size_t>(login)), [&] {
    return "refused report of device '" + printable(device) + "' over HTTP: " + to_text(login);
  });
  return false;
}

int BrokerPlugin::take_report(mosquitto_evt_message& event) {
  const std::string_view topic = event.topic;
  const bool retained = std::exchange(event.retain, false);  // a stored press would come back for ever
  const auto properties = reports_.received({event.client, mosquitto_api::keeps_session(event.client), topic,
                                             payload_of(event.payload, event.payloadlen)},
                                            event.qos, retained, Clock::now());
  if (!properties) return refusal(event.client, event.qos);
  // Nothing that the device attached goes on: only the plugin may say turnkey-id and turnkey-time.
  return mosquitto_api::replace_properties(&event.properties, *properties) ? MOSQ_ERR_SUCCESS
                                                                           : MOSQ_ERR_NOMEM;
}

int BrokerPlugin::on_credentials(const mosquitto_evt_control& event) {
  const auto rows = decode_credential_changes(payload_of(event.payload, event.payloadlen));
  if (!rows) {
    ++counters_.control_malformed;
    log(Level::error, "changes of credentials cannot be read: " + rows.error().message);
    return MOSQ_ERR_SUCCESS;  // the repair brings them; an error here would only cut the registry
  }
  for (const CredentialRow& row : *rows) apply(row);
  return MOSQ_ERR_SUCCESS;
}

int BrokerPlugin::on_journal(const mosquitto_evt_control& event) {
  const auto message = decode_journal_control(payload_of(event.payload, event.payloadlen));
  if (!message) {
    ++counters_.control_malformed;
    log(Level::error, "a message about the journal cannot be read: " + message.error().message);
    return MOSQ_ERR_SUCCESS;
  }
  reports_.control(*message, event.client, Clock::now());
  return MOSQ_ERR_SUCCESS;
}

void BrokerPlugin::on_disconnect(const mosquitto* client) {
  if (const auto change = gatekeeper_.ended(client)) announce(*change);
  reports_.gone(client);
}

void BrokerPlugin::on_reload() {
  reloading_ = true;
  try {
    gatekeeper_.replace_services(read_services(settings_.services_file));
    counters_.services_read_at_s = seconds_since_epoch();
    log(Level::notice, "the services file was read again");
  } catch (const std::runtime_error& error) {
    log(Level::error, std::string("the services stay as they were: ") + error.what());
  }
}

void BrokerPlugin::on_tick() {
  reloading_ = false;
  if (!backlogs_deep_) deepen_backlogs();
  backlogs_deep_ = true;
  if (!announced_start_) announce_start();
  for (const PresenceChange& change : gatekeeper_.settle()) announce(change);
  end_keys();
  take_credentials();
  const Instant now = Clock::now();
  reports_.tick(now);
  if (now - counted_at_ >= kCountPeriod) count(now);
}

void BrokerPlugin::announce_start() {
  const nlohmann::json boot = {{"bootId", boot_id_}, {"startedAt", now_iso()}};
  announced_start_ = mosquitto_api::publish("presence/broker", boot.dump(), 1, true);
}

void BrokerPlugin::announce(const PresenceChange& change) {
  if (change.connected && change.reason == "taken_over") ++counters_.sessions_taken_over;
  const std::string device = change.device.str();
  nlohmann::json presence = {
      {"deviceId", device}, {"connected", change.connected}, {"at", now_iso()}, {"bootId", boot_id_}};
  if (!change.reason.empty()) presence["reason"] = change.reason;
  if (!mosquitto_api::publish("presence/" + device, presence.dump(), 1, true)) {
    log(Level::error, "out of memory: the presence of " + device + " was not published");
  }
}

void BrokerPlugin::apply(const CredentialRow& row) {
  if (const auto device = gatekeeper_.apply(row)) cut_session(row.key, *device);
}

void BrokerPlugin::end_keys() {
  for (const auto& [key, device] : gatekeeper_.credentials().advance(core::SystemClock().now()))
    cut_session(key, device, "expired");
}

void BrokerPlugin::cut_session(const AccessKey& key, const DeviceId& device, std::string_view reason) {
  if (!gatekeeper_.prepare_cut(device, key, reason)) return;
  ++counters_.sessions_cut;
  mosquitto_api::cut(device.str());
}

void BrokerPlugin::take_credentials() {
  if (!database_) return;
  const Instant end = Clock::now() + (loaded_ ? kCredentialTime : kFirstLoadTime);
  while (Clock::now() < end) {
    const auto batch = database_->take();
    if (!batch) return;
    take_batch(*batch);
  }
}

void BrokerPlugin::take_batch(const CredentialBatch& batch) {
  switch (batch.kind) {
    case CredentialBatch::Kind::rows:
      for (const CredentialRow& row : batch.rows) apply(row);
      return;
    case CredentialBatch::Kind::compare_begins:
      return gatekeeper_.credentials().begin_compare();
    case CredentialBatch::Kind::compare_abandoned:
      return gatekeeper_.credentials().abandon_compare();
    case CredentialBatch::Kind::compare_ends:
      for (const auto& [key, device] : gatekeeper_.credentials().end_compare(batch.settled_revision)) {
        cut_session(key, device);
      }
      loaded_ = true;
      return;
    case CredentialBatch::Kind::notice:
      return log(batch.failure ? Level::warning : Level::notice, batch.text);
  }
}

void BrokerPlugin::count(Instant now) {
  counted_at_ = now;
  gatekeeper_.commands().forget_over(now);
  reports_.forget_old(now);
  reports_.fill(counters_);
  counters_.devices_connected = gatekeeper_.presence().connected();
  counters_.credentials = gatekeeper_.credentials().live();
  counters_.credential_bytes = gatekeeper_.credentials().bytes();
  counters_.database_reachable = database_ && database_->reachable();
  if (!settings_.metrics_file.empty()) write_metrics();
  mosquitto_api::publish("broker/health", health_message(boot_id_, counters_, settings_), 1, true);
}

void BrokerPlugin::write_metrics() {
  const bool written = write_whole_file(settings_.metrics_file, to_prometheus(counters_));
  if (!written && !metrics_failed_)
    log(Level::warning, "cannot write the metrics to " + settings_.metrics_file);
  metrics_failed_ = !written;
}

}  // namespace turnkey::broker
