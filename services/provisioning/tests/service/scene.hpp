// SPDX-License-Identifier: Apache-2.0
// What the tests of the whole service say again and again.
#pragma once

#include <catch2/catch.hpp>

#include "installation.hpp"
#include "testing/eventually.hpp"

namespace turnkey::provisioning::tests {

using testing::eventually;
using namespace std::chrono_literals;

struct Scene : Installation {
  explicit Scene(broker::tests::BrokerSettings settings = {}) : Installation(std::move(settings)) {}

  // The reply when it is a good one; the test ends otherwise.
  static Json ok(const core::Result<Json>& reply) {
    if (!reply) FAIL(reply.error().message);
    return reply.value();
  }
  // As soon as the service answers. Its id.
  std::string open_window(const std::string& user, const PlayedDevice& device) {
    return ok(gateway.open(user, device.serial)).at("provisioning").at("id");
  }
  bool becomes(const std::string& id, const std::string& state, std::chrono::milliseconds within = 10s) {
    return eventually([&] { return gateway.status(id).provisioning.state == state; }, within);
  }
  bool windows_become(const PlayedDevice& device, std::size_t count) {
    return eventually([&] { return ingest.windows(device.id).size() == count; });
  }
  std::string detail(const core::Result<Json>& reply) { return reply ? "none" : reply.error().detail; }
};

}  // namespace turnkey::provisioning::tests
