// SPDX-License-Identifier: Apache-2.0
#include "domain/acl.hpp"

#include <catch2/catch.hpp>

using namespace turnkey::broker;

namespace {

const std::string kDevice = "0123456789abcdef01234567";
const std::string kOther = "fedcba9876543210fedcba98";

const Acl& acl() {
  static const Acl one({"devices", "losant"});
  return one;
}

bool device(Access access, const std::string& topic) { return acl().device_may(access, kDevice, topic); }

bool service(Access access, const std::string& name, const std::string& topic) {
  return acl().service_may(access, name, name + "-1", topic);
}

}  // namespace

TEST_CASE("a device may publish its own state and nothing else [S10]") {
  CHECK(device(Access::publish, "devices/" + kDevice + "/state"));
  CHECK(device(Access::publish, "losant/" + kDevice + "/state"));
  for (const std::string& topic : std::vector<std::string>{
           "devices/" + kOther + "/state", "devices/" + kDevice + "/command",
           "devices/" + kDevice + "/state/x", "devices/" + kDevice, "/devices/" + kDevice + "/state",
           "other/" + kDevice + "/state", "devices//state", std::string("devices/+/state"), std::string(),
           std::string("presence/") + kDevice, std::string("registry/devices/") + kDevice,
           std::string("$CONTROL/turnkey/credentials"), std::string("$CONTROL/turnkey/journal"),
           std::string("rpc/registry/sign_in"), std::string("provisioning/windows/") + kDevice,
           std::string(70'000, 'a'), "devices/" + kDevice + "/state" + std::string(1000, 'x')}) {
    INFO(topic.substr(0, 80));
    CHECK_FALSE(device(Access::publish, topic));
  }
}

TEST_CASE("a device may subscribe to its own commands by exactly that filter [S10]") {
  CHECK(device(Access::subscribe, "devices/" + kDevice + "/command"));
  CHECK(device(Access::subscribe, "losant/" + kDevice + "/command"));
  for (const std::string& filter : std::vector<std::string>{
           std::string("#"), std::string("+"), std::string("$SYS/#"), std::string("devices/#"),
           std::string("devices/+/command"), "devices/" + kOther + "/command", "+/" + kDevice + "/command",
           "devices/" + kDevice + "/#", "devices/" + kDevice + "/+", "devices/" + kDevice + "/state",
           "$share/g/devices/" + kDevice + "/command", std::string("presence/+"),
           std::string("rpc-replies/+"), "rpc-replies/" + kDevice}) {
    INFO(filter);
    CHECK_FALSE(device(Access::subscribe, filter));
  }
}

TEST_CASE("a device receives its own commands only [S10]") {
  CHECK(device(Access::receive, "losant/" + kDevice + "/command"));
  CHECK_FALSE(device(Access::receive, "devices/" + kOther + "/command"));
  CHECK_FALSE(device(Access::receive, "devices/" + kDevice + "/state"));
}

TEST_CASE("each service has exactly the topics of its table [S10]") {
  struct Row {
    Access access;
    std::string service;
    std::string topic;
  };
  const std::vector<Row> allowed = {
      {Access::subscribe, "registry", "$share/registry/rpc/registry/+"},
      {Access::subscribe, "registry", "presence/+"},
      {Access::publish, "registry", "registry/devices/" + kDevice},
      {Access::publish, "registry", "$CONTROL/turnkey/credentials"},
      {Access::publish, "registry", "events/" + kDevice},
      {Access::publish, "registry", "rpc-replies/experience-gateway-7"},
      {Access::subscribe, "provisioning", "$share/provisioning/provisioning/+/press"},
      {Access::publish, "provisioning", "losant/" + kDevice + "/command"},
      {Access::publish, "provisioning", "provisioning/windows/" + kDevice},
      {Access::publish, "provisioning", "rpc/telemetry-ingest/recent_presses"},
      {Access::subscribe, "telemetry-ingest", "$share/telemetry-ingest/devices/+/state"},
      {Access::subscribe, "telemetry-ingest", "$share/telemetry-ingest/losant/+/state"},
      {Access::receive, "telemetry-ingest", "losant/" + kDevice + "/state"},
      {Access::publish, "telemetry-ingest", "$CONTROL/turnkey/journal"},
      {Access::publish, "telemetry-ingest", "rpc/provisioning/stray_press"},
      {Access::subscribe, "experience-gateway", "devices/+/state"},
      {Access::subscribe, "experience-gateway", "devices/" + kDevice + "/state"},
      {Access::publish, "experience-gateway", "rpc/provisioning/open"},
      {Access::subscribe, "experience-gateway", "rpc-replies/experience-gateway-1"},
  };
  for (const Row& row : allowed) {
    INFO(row.service << " " << row.topic);
    CHECK(service(row.access, row.service, row.topic));
  }
  const std::vector<Row> denied = {
      {Access::subscribe, "registry", "#"},
      {Access::subscribe, "registry", "presence/#"},
      {Access::subscribe, "registry", "rpc/registry/+"},
      {Access::subscribe, "registry", "$share/other/rpc/registry/+"},
      {Access::subscribe, "registry", "$share/registry/rpc/+/+"},
      {Access::subscribe, "registry", "devices/+/state"},
      {Access::publish, "registry", "$CONTROL/turnkey/journal"},
      {Access::publish, "registry", "$CONTROL/dynamic-security/v1"},
      {Access::publish, "registry", "registry/devices/"},
      {Access::publish, "registry", "registry/devices/+"},
      {Access::publish, "registry", "registry/devices/" + std::string(129, 'a')},
      {Access::publish, "provisioning", "devices/" + kDevice + "/state"},
      {Access::publish, "provisioning", "rpc/telemetry-ingest/history"},
      {Access::subscribe, "telemetry-ingest", "devices/+/state"},
      {Access::publish, "telemetry-ingest", "$CONTROL/turnkey/credentials"},
      {Access::publish, "telemetry-ingest", "presence/" + kDevice},
      {Access::publish, "telemetry-ingest", "rpc/provisioning/open"},
      {Access::subscribe, "experience-gateway", "rpc-replies/experience-gateway-2"},
      {Access::subscribe, "experience-gateway", "rpc-replies/+"},
      {Access::subscribe, "experience-gateway", "$share/registry/rpc/registry/+"},
      {Access::publish, "experience-gateway", "rpc-replies/x"},
      {Access::publish, "experience-gateway", "registry/users/x"},
      {Access::publish, "nobody", "rpc/registry/sign_in"},
  };
  for (const Row& row : denied) {
    INFO(row.service << " " << row.topic);
    CHECK_FALSE(service(row.access, row.service, row.topic));
  }
}

TEST_CASE("a service's client id is its name and an instance without wildcards [S10]") {
  CHECK(Acl::service_client_id("registry", "registry-a"));
  CHECK(Acl::service_client_id("registry", "registry-" + std::string(64, 'a')));
  CHECK_FALSE(Acl::service_client_id("registry", "registry-" + std::string(81, 'a')));
  CHECK(Acl::service_client_id("registry", "registry-" + std::string(80, 'a')));
  CHECK_FALSE(Acl::service_client_id("registry", "registry-"));
  CHECK_FALSE(Acl::service_client_id("registry", "registry"));
  CHECK_FALSE(Acl::service_client_id("registry", "registry2-a"));
  CHECK_FALSE(Acl::service_client_id("registry", "registry-+"));
  CHECK_FALSE(Acl::service_client_id("registry", "registry-a/b"));
  CHECK_FALSE(Acl::service_client_id("registry", "registry-#"));
}

TEST_CASE("the roots are names, each once") {
  CHECK(parse_roots("devices,losant") == std::vector<std::string>{"devices", "losant"});
  CHECK(parse_roots("d") == std::vector<std::string>{"d"});
  for (const char* bad : {"", ",", "a,", "a,a", "a/b", "+", "a,#", "$x", "a, b"})
    CHECK_FALSE(parse_roots(bad));
}
