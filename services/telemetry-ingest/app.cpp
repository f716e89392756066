// SPDX-License-Identifier: Apache-2.0
#include "app.hpp"

#include <algorithm>

#include "inbound/events.hpp"
#include "inbound/rpc_erasure.hpp"
#include "outbound/bus_strays.hpp"
#include "outbound/pg_presses.hpp"
#include "service/log.hpp"

namespace turnkey::ingest {
namespace {

constexpr const char* kService = "telemetry-ingest";
constexpr int kRpcThreads = 2;
constexpr std::size_t kConnections = 6;  // writer, devices, housekeeping, faults, two of the methods
constexpr core::Millis kDrain = std::chrono::seconds(2);
// Presses that young in the spool at the start may not have been announced before the end of the former
// process.
constexpr core::Millis kAnnounceAgain = std::chrono::minutes(1);
constexpr std::uint64_t kSegmentBytes = 8ULL * 1024 * 1024;

pg::PoolOptions pool_options(const Config& config) {
  pg::PoolOptions options;
  options.connection_string = config.common.database;
  options.password = config.common.database_password;
  options.size = kConnections;
  options.search_path = "telemetry";
  options.application_name = kService;
  return options;
}

bus::Options reports_options(const Config& config) {
  auto options = config.common.bus;
  options.client_id += "-reports";
  return options;
}

SpoolLimits spool_limits(const Config& config) {
  // Small limits need small segments: only whole ones are deleted.
  return {config.spool_max_bytes,
          std::min(kSegmentBytes, std::max<std::uint64_t>(config.spool_max_bytes / 8, 1))};
}

}  // namespace

App::App(Config config)
    : config_(std::move(config)),
      internal_(config_.common.internal_address, config_.common.internal_port, metrics_),
      spool_(config_.spool_dir, spool_limits(config_)),
      pool_(pool_options(config_)),
      client_(config_.common.bus),
      reports_client_(reports_options(config_)),
      caller_(client_),
      presses_out_(client_),
      strays_(stray_hooks()),
      presses_(
          press_filter(), clock_, [this](const Announcement& one) { presses_out_.announce(one); },
          [this](const StrayPress& one) { strays_.on_stray(one); }),
      journal_(reports_client_),
      intake_(reports_client_, config_.common, clock_, intake_hooks()),
      teller_(journal_, [this] { intake_.look(); }),
      sync_(pool_, caller_, devices_),
      housekeeping_(pool_, clock_, config_.retention_days),
      tail_(spool_),
      reader_(devices_, config_.common.roots),
      report_store_(pool_),
      history_(pool_),
      eraser_(pool_),
      queries_(history_, presses_, clock_, declared_of(), [this] { return store_.oldest_waiting(); }),
      rpc_(client_, kService, kRpcThreads),
      health_(config_.common, internal_, clock_),
      faults_(pool_, [this](const pg::OutboxEntry& entry) { return tell_fault(caller_, entry); }),
      store_(tail_, reader_, report_store_, spool_.id(), store_hooks()) {
  add_metrics();
  add_readiness();
  add_health();
  queries_.serve(rpc_);
  add_erase_history(rpc_, eraser_);
  internal_.start();
  presses_out_.start();
  strays_.start();
  presses_.start();
  read_spool();
  subscribe_windows(client_, presses_);
  subscribe_devices(client_, [this](const contracts::DeviceEvent& event) { devices_.learn(event); });
  intake_.open();
  reports_client_.on_connected([this] { say_hello(); });
  client_.on_connected([this] { sync_.ask_soon(); });
  teller_.start();
  sync_.start();
  store_.start();
  reports_client_.start();
  client_.start();
}

App::~App() {
  eraser_.stop();
  rpc_.stop();
  intake_.close();
  store_.stop(kDrain);
  housekeeping_.stop();
  faults_.stop();
  presses_.stop();
  strays_.stop();
  presses_out_.stop();
  teller_.stop();
  reports_client_.stop(kDrain);
  client_.stop(kDrain);
  sync_.stop();
  internal_.stop();
}

PressFilter App::press_filter() {
  return {find_presses_in,
          [this](const std::string& device) { return devices_.register_attribute_of(device); }};
}

Intake::Hooks App::intake_hooks() {
  return {
      .append = [this](const SpoolEntry& entry) { return spool_.append(entry) == Spool::Outcome::written; },
      .has_room = [this] { return spool_.has_room(); },
      .spooled = [this](const ReportKey& key) { tell_spooled(key); },
      .seen = [this](SeenReport report) { presses_.on_report(std::move(report)); },
      .refused =
          [this] {
            metrics_.count("turnkey_ingest_intake_refused_total",
                           "messages from the broker that could not be spooled and were not taken in");
          },
      .unstamped =
          [this](contracts::StampedBy by) {
            metrics_.count("turnkey_ingest_unstamped_total",
                           "reports without the broker's time of receipt, by what identifies them",
                           {{"by", std::string(contracts::to_string(by))}});
          },
      .again = [this] { say_hello(); },
      .trouble = [this] { return spool_.last_failure(); }};
}

// Only the plugin has a journal.
void App::tell_spooled(const ReportKey& key) {
  if (config_.common.broker == contracts::BrokerKind::turnkey) teller_.add(key);
}

void App::say_hello() {
  if (config_.common.broker == contracts::BrokerKind::turnkey) teller_.say_hello();
}

StoreReports::Hooks App::store_hooks() {
  return {.stored = [this](const Counts& counts, const Batch& batch) { on_stored(counts, batch); },
          .trouble =
              [this](const std::string& reason) {
                metrics_.count("turnkey_ingest_store_failures_total", "batches that have to be tried again");
                service::log_warning("reports cannot be stored for now", {{"reason", reason}});
              },
          .unknown_device = [this] { sync_.ask_soon(); },
          .opened = [this] { on_opened(); },
          .registry_answered = [this] { return sync_.answered(); }};
}

TellStrays::Hooks App::stray_hooks() {
  return {.ask = [this](const StrayPress& press) { return ask_about_stray(caller_, press); },
          .counted =
              [this](TellStrays::Outcome outcome) {
                metrics_.count("turnkey_ingest_presses_without_window_total",
                               "presses of devices that had no window, by what became of them",
                               {{"outcome", std::string(to_string(outcome))}});
              }};
}

RpcQueries::DeclaredOf App::declared_of() {
  return [this](const std::string& device_id) -> std::optional<std::vector<Declared>> {
    const auto form = devices_.form_of(device_id);
    if (form == nullptr) return std::nullopt;
    std::vector<Declared> declared;
    for (const auto& attribute : form->attributes)
      declared.push_back({attribute.name, std::string(contracts::to_string(attribute.type)), attribute.unit});
    return declared;
  };
}

// What a former process took in: the broker is told again, and presses are looked for again.
void App::read_spool() {
  SpoolReader reader(spool_);
  const auto oldest = clock_.now() - kAnnounceAgain;
  std::size_t entries = 0;
  while (auto next = reader.next()) {
    const SpoolEntry& entry = next->second;
    ++entries;
    const auto key = ReportKey::parse(entry.report_id);
    if (key) tell_spooled(*key);
    const auto device = contracts::topics::device_of_state(entry.topic, config_.common.roots);
    if (key && device && entry.received >= oldest) presses_.on_report(seen_report_of(entry, device->str()));
  }
  service::log_info("the spool was read", {{"entries", entries},
                                           {"segments", spool_.segments()},
                                           {"bytes_passed_over", reader.bytes_passed_over()}});
}

void App::on_opened() {
  sync_.database_ready();
  try {
    for (auto& [device, press] : load_presses(pool_, clock_.now() - kPressesKept))
      presses_.remember(device, std::move(press));
  } catch (const std::exception& error) {
    service::log_warning("the presses of the last hour could not be loaded", {{"reason", error.what()}});
  }
  housekeeping_.start();
  faults_.start();
  rpc_.start();
  opened_ = true;
  service::log_info("the database is ready");
}

void App::on_stored(const Counts& counts, const Batch& batch) {
  const std::string help = "state reports; received = stored + refused + duplicate";
  const auto count = [&](const char* outcome, const std::string& reason, std::size_t by) {
    if (by > 0)
      metrics_.count("turnkey_ingest_reports_total", help, {{"outcome", outcome}, {"reason", reason}},
                     static_cast<double>(by));
  };
  count("received", "", counts.received);
  count("stored", "", counts.stored);
  count("duplicate", "", counts.duplicate);
  for (const auto& [reason, number] : counts.refused) count("refused", reason, number);
  for (const auto& [reason, number] : counts.values_refused) {
    metrics_.count("turnkey_ingest_values_refused_total", "values of reports that were left out",
                   {{"reason", reason}}, static_cast<double>(number));
  }
  for (const auto& item : batch.items) {
    for (const auto& press : item.message.presses) presses_.remember(item.message.device_id, press);
  }
}

void App::add_metrics() {
  metrics_.gauge("turnkey_ingest_spool_bytes", "bytes in the spool",
                 [this] { return static_cast<double>(spool_.bytes()); });
  metrics_.gauge("turnkey_ingest_behind_seconds", "age of the oldest report that is not stored yet", [this] {
    return static_cast<double>(behind_seconds(store_.oldest_waiting(), clock_.now()));
  });
  metrics_.gauge("turnkey_ingest_faults_waiting", "beginnings of faults that the registry was not told yet",
                 [this] { return opened_ ? static_cast<double>(faults_.backlog()) : 0; });
  metrics_.gauge("turnkey_ingest_kept_back", "reports that wait for their device to become known",
                 [this] { return static_cast<double>(store_.kept_back()); });
  metrics_.gauge("turnkey_ingest_press_inbox", "reports that wait for the press filter",
                 [this] { return static_cast<double>(presses_.waiting()); });
  metrics_.gauge("turnkey_ingest_presses_waiting", "presses that the broker has not acknowledged",
                 [this] { return static_cast<double>(presses_out_.waiting()); });
  metrics_.gauge("turnkey_ingest_devices_known", "devices that the registry announced",
                 [this] { return static_cast<double>(devices_.size()); });
  metrics_.gauge("turnkey_ingest_devices_with_windows", "devices with open windows",
                 [this] { return static_cast<double>(presses_.devices_with_windows()); });
  presses_out_.on_delivered([this](double seconds) {
    metrics_.observe("turnkey_ingest_press_seconds", "from the press filter to the broker's acknowledgement",
                     {}, seconds);
  });
  rpc_.on_finished([this](const std::string& method, const std::string& outcome, double seconds) {
    metrics_.observe("turnkey_rpc_seconds", "requests answered", {{"method", method}, {"outcome", outcome}},
                     seconds);
  });
}

void App::add_readiness() {
  internal_.readiness("broker", [this] {
    const bool connected = client_.connected() && reports_client_.connected();
    return std::string(connected ? "" : "The broker is not connected.");
  });
  internal_.readiness("database", [this] { return database_trouble(); });
  internal_.readiness("spool", [this] {
    return intake_.refusing() ? "Reports are refused: " + spool_.last_failure() + "." : std::string();
  });
}

void App::add_health() {
  health_.fact("database", [this] { return service::json_of(pg::facts_of(pool_)); });
  health_.fact("spool", [this] {
    auto room = service::room_of(config_.spool_dir);
    room["bytes"] = spool_.bytes();
    room["limitBytes"] = config_.spool_max_bytes;
    return room;
  });
  health_.fact("reports", [this] {
    return contracts::Json{{"behind_s", behind_seconds(store_.oldest_waiting(), clock_.now())},
                           {"keptBack", store_.kept_back()}};
  });
  health_.serve(rpc_);
}

std::string App::database_trouble() {
  if (!opened_) return "The database has not been opened yet.";
  return pool_.reachable() ? "" : "The database does not answer.";
}

}  // namespace turnkey::ingest
