// SPDX-License-Identifier: Apache-2.0
// The whole service: what is made, in which order it starts and ends. Tests build it too.
#pragma once

#include <atomic>
#include <memory>

#include "bus/rpc.hpp"
#include "config.hpp"
#include "inbound/intake.hpp"
#include "inbound/rpc_queries.hpp"
#include "outbound/bus_journal.hpp"
#include "outbound/bus_presses.hpp"
#include "outbound/contract_reader.hpp"
#include "outbound/housekeeping.hpp"
#include "outbound/pg_eraser.hpp"
#include "outbound/pg_faults.hpp"
#include "outbound/pg_history.hpp"
#include "outbound/pg_report_store.hpp"
#include "outbound/spool_reader.hpp"
#include "outbound/sync_devices.hpp"
#include "service/health.hpp"
#include "service/runtime.hpp"
#include "usecases/store_reports.hpp"
#include "usecases/tell_spooled.hpp"
#include "usecases/tell_strays.hpp"

namespace turnkey::ingest {

class App {
 public:
  // Running when it returns; neither the broker nor the database needs to be there.
  explicit App(Config config);
  ~App();  // intake first, then what is spooled goes to the database (2 s), then it disconnects
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  int internal_port() const { return internal_.port(); }

 private:
  PressFilter press_filter();
  Intake::Hooks intake_hooks();
  StoreReports::Hooks store_hooks();
  RpcQueries::DeclaredOf declared_of();
  void read_spool();
  void tell_spooled(const ReportKey& key);
  void say_hello();
  void on_opened();
  void on_stored(const Counts& counts, const Batch& batch);
  TellStrays::Hooks stray_hooks();
  void add_metrics();
  void add_readiness();
  void add_health();
  std::string database_trouble();

  const Config config_;
  core::SystemClock clock_;
  service::Metrics metrics_;
  service::InternalPort internal_;
  Spool spool_;
  pg::Pool pool_;
  KnownDevices devices_;
  bus::Client client_;
  bus::Client reports_client_;  // of its own: a press must not wait behind reports
  bus::RpcCaller caller_;
  BusPresses presses_out_;
  TellStrays strays_;
  FilterPresses presses_;
  BusJournal journal_;
  Intake intake_;
  TellSpooled teller_;
  SyncDevices sync_;
  Housekeeping housekeeping_;
  SpoolReader tail_;
  ContractReader reader_;
  PgReportStore report_store_;
  PgHistory history_;
  PgEraser eraser_;
  RpcQueries queries_;
  bus::RpcServer rpc_;
  service::Health health_;
  pg::OutboxRelay faults_;
  StoreReports store_;
  std::atomic<bool> opened_{false};
};

}  // namespace turnkey::ingest
