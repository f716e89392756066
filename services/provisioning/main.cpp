// SPDX-License-Identifier: Apache-2.0
#include "app.hpp"
#include "service/log.hpp"
#include "service/runtime.hpp"

int main() {
  using namespace turnkey;
  return service::run_until_signal("provisioning", [] {
    const auto config = provisioning::read_config();
    service::init_log("provisioning", config.settings.log_level);
    return std::make_shared<provisioning::App>(config);
  });
}
