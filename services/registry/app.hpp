// SPDX-License-Identifier: Apache-2.0
// The registry's wiring: config -> database, bus, use cases, RPC. Tests build it too. Migrates its schema
// when made, works until destroyed; the destructor takes nothing more, works off, and disconnects.
#pragma once

#include <memory>

#include "config.hpp"
#include "core/time.hpp"

namespace turnkey::registry {

class App {
 public:
  explicit App(Config config, const core::Clock& clock);
  ~App();
  int internal_port() const;
  bool connected() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace turnkey::registry
