// SPDX-License-Identifier: Apache-2.0
// The gateway's wiring: config -> bus, services, streams, HTTP. Tests build it too. Works until destroyed.
#pragma once

#include <memory>

#include "config.hpp"
#include "core/time.hpp"

namespace turnkey::gateway {

class App {
 public:
  App(Config config, const core::Clock& clock);
  ~App();
  int http_port() const;
  int internal_port() const;
  bool connected() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace turnkey::gateway
