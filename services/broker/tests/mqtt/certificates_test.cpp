// SPDX-License-Identifier: Apache-2.0
// The listener for devices with certificates of their own, by Mosquitto's command line client as firmware
// uses TLS.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "fixture/broker_fixture.hpp"
#include "testing/authority.hpp"
#include "testing/eventually.hpp"

using namespace turnkey::broker::tests;
using turnkey::testing::Authority;
using turnkey::testing::eventually;

namespace {

struct Authorities {
  Authority ours{"ours"};
  Authority foreign{"foreign"};
  BrokerSettings settings() const {
    ours.issue("server", "IP:127.0.0.1");
    BrokerSettings settings;
    settings.certificates = ours.path("");
    return settings;
  }
};

struct Setup : Authorities, OneDevice {
  Setup() : OneDevice(settings()) {
    ours.issue(device.id);
    ours.issue(other.id);
    foreign.issue(device.id);
  }
  // One report with this secret; `shows` are mosquitto_pub's options for a certificate.
  bool reports(const std::string& shows, const std::string& secret) const {
    const std::string command = "mosquitto_pub -h 127.0.0.1 -p " + std::to_string(broker->mutual_port()) +
                                " --cafile " + ours.path("ca.crt") + " " + shows + " -i " + device.id +
                                " -u " + device.access_key + " -P " + secret + " -q 1 -t " + device.state() +
                                " -m '{\"data\":{}}' >/dev/null 2>&1";
    return std::system(command.c_str()) == 0;
  }
  static std::string pair(const Authority& authority, const std::string& name) {
    return "--cert " + authority.path(name + ".crt") + " --key " + authority.path(name + ".key");
  }
  Device other = Device::make();
};

}  // namespace

TEST_CASE_METHOD(
    Setup,
    "where certificates are asked for, a device needs its own, of our authority, and its secret [S10]") {
  CHECK(reports(pair(ours, device.id), device.secret));
  CHECK_FALSE(reports(pair(ours, device.id), std::string(64, '0')));
  CHECK_FALSE(reports(pair(ours, other.id), device.secret));
  CHECK_FALSE(reports(pair(foreign, device.id), device.secret));
  CHECK_FALSE(reports("", device.secret));
  CHECK(eventually(
      [&] { return broker->metrics().find("outcome=\"wrong_certificate\"} 1") != std::string::npos; }));
}
