// SPDX-License-Identifier: Apache-2.0
// The state of the installation, for operators: what each service says of itself, what the broker said last,
// the last backup. For everybody else there is no such path. Owned by the App; thread safe.
#pragma once

#include <mutex>

#include "inbound/routes.hpp"
#include "service/health.hpp"

namespace turnkey::gateway {

class HealthRoutes {
 public:
  HealthRoutes(bus::Client& client, const service::Health& own);
  void add(const Routes& routes);

 private:
  contracts::Json broker() const;  // null: it has said nothing yet

  const service::Health& own_;
  mutable std::mutex mutex_;
  contracts::Json broker_;
};

}  // namespace turnkey::gateway
