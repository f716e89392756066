// SPDX-License-Identifier: Apache-2.0
#include "outbound/bus_strays.hpp"

#include "core/time.hpp"

namespace turnkey::ingest {
namespace {

constexpr std::chrono::milliseconds kAnswer{2000};

}  // namespace

bool ask_about_stray(bus::RpcCaller& caller, const StrayPress& press) {
  return caller
      .call("provisioning", "stray_press", {{"deviceId", press.device_id}, {"at", core::to_iso(press.at)}},
            "", kAnswer)
      .has_value();
}

}  // namespace turnkey::ingest
