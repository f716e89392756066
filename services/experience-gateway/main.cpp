// SPDX-License-Identifier: Apache-2.0
#include "app.hpp"
#include "service/log.hpp"
#include "service/runtime.hpp"

int main() {
  static const turnkey::core::SystemClock clock;
  return turnkey::service::run_until_signal("experience-gateway", []() -> std::shared_ptr<void> {
    auto config = turnkey::gateway::read_config();
    turnkey::service::init_log("experience-gateway", config.service.log_level);
    return std::make_shared<turnkey::gateway::App>(std::move(config), clock);
  });
}
