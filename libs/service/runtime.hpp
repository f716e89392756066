// SPDX-License-Identifier: Apache-2.0
// What every service's `main` does: settings, log, metrics, health, run until SIGTERM or SIGINT, quick clean
// end.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "contracts/json.hpp"
#include "service/metrics.hpp"
#include "service/settings.hpp"

namespace turnkey::service {

// GET /healthz (200 as long as the process answers), /readyz (200, or 503 naming what is down), /metrics;
// plain HTTP on the internal address. Thread safe.
class InternalPort {
 public:
  InternalPort(std::string address, int port, Metrics& metrics);
  ~InternalPort();
  // `check` returns "" when the part is fine, else a plain sentence.
  void readiness(std::string part, std::function<std::string()> check);
  contracts::Json down() const;  // {part: sentence}: what /readyz answers with
  void start();
  int port() const;
  void stop();

 private:
  class Endpoints;
  std::unique_ptr<Endpoints> endpoints_;
};

// Starts the log (level info; `make` may call init_log again with the level of its settings). Blocks SIGTERM
// and SIGINT in the calling thread (and so in all made later), builds what `make` returns, waits for a
// signal, destroys it, returns 0. A ConfigError prints its lines and returns 78 (EX_CONFIG); any other
// exception is logged and returns 70. `make` returns the running App; its destructor stops it: intake first,
// then drain with a deadline, then disconnect.
int run_until_signal(const std::string& service, const std::function<std::shared_ptr<void>()>& make);

}  // namespace turnkey::service
