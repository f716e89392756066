// SPDX-License-Identifier: Apache-2.0
// The whole service, wired. Tests build it too. The constructor migrates the database and starts everything;
// the destructor stops: intake first, then what runs, then the connection.
#pragma once

#include <memory>

#include "config.hpp"
#include "core/time.hpp"

namespace turnkey::provisioning {

class App {
 public:
  explicit App(const Config& config);
  App(const Config& config, const core::Clock& clock);  // `clock` must outlive it
  ~App();
  int internal_port() const;

 private:
  class Parts;
  core::SystemClock system_clock_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace turnkey::provisioning
