// SPDX-License-Identifier: Apache-2.0
#include <malloc.h>

#include "app.hpp"
#include "service/log.hpp"

using namespace turnkey;

int main() {
  mallopt(M_ARENA_MAX, 2);  // a dozen threads that mostly wait need no heap each
  return service::run_until_signal("telemetry-ingest", [] {
    ingest::Config config = ingest::read_config();
    service::init_log("telemetry-ingest", config.common.log_level);
    return std::make_shared<ingest::App>(std::move(config));
  });
}
