// SPDX-License-Identifier: Apache-2.0
#include "core/random.hpp"
#include "scene.hpp"

using namespace turnkey;
using namespace turnkey::provisioning;
using namespace turnkey::provisioning::tests;

TEST_CASE("presses from the time when the service was down are asked from ingest [S8]") {
  Scene scene;
  scene.start();
  const auto device = scene.registry.add({});
  const auto id = scene.open_window(scene.anna, device);
  REQUIRE(scene.windows_become(device, 1));
  scene.app.reset();
  scene.ingest.remember(id, "0011223344556677-1-1#0", core::SystemClock().now());
  scene.start();
  CHECK(scene.becomes(id, "proven"));
  CHECK(scene.ingest.asked() >= 1);
}
