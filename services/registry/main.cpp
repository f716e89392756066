// SPDX-License-Identifier: Apache-2.0
#include "app.hpp"
#include "service/log.hpp"
#include "service/runtime.hpp"

int main() {
  static const turnkey::core::SystemClock clock;
  return turnkey::service::run_until_signal("registry", []() -> std::shared_ptr<void> {
    auto config = turnkey::registry::read_config();
    turnkey::service::init_log("registry", config.service.log_level);
    return std::make_shared<turnkey::registry::App>(std::move(config), clock);
  });
}
