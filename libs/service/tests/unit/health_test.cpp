// SPDX-License-Identifier: Apache-2.0
#include "service/health.hpp"

#include <catch2/catch.hpp>

using namespace turnkey::service;
using Names = std::vector<std::string>;

namespace {

Settings at_rest() {
  Settings settings;
  settings.bus.host = "127.0.0.1";
  settings.log_level = "info";
  return settings;
}

Names of_database(const std::string& connection_string) {
  auto settings = at_rest();
  settings.database = connection_string + " password=sslmode=require";
  return unsafe_settings(settings);
}

}  // namespace

TEST_CASE("a database on another machine without TLS is told as unsafe, however it is named") {
  const Names open = {"database_without_tls"};
  for (const auto* each :
       {"host=db.example dbname=turnkey", "host=db.example sslmode=prefer", "host=localhost,db.example",
        "host=localhost hostaddr=10.0.0.7", "hostaddr=127.0.0.1,10.0.0.7", "host=/run/postgresql,10.0.0.7"})
    CHECK(of_database(each) == open);
  for (const auto* each :
       {"dbname=turnkey", "host=/run/postgresql", "host=localhost,127.0.0.5,::1",
        "host=db.example hostaddr=127.0.0.1", "host=db.example sslmode=require",
        "host=a.example,b.example sslmode=verify-full", "hostaddr=10.0.0.7 sslmode=verify-ca"})
    CHECK(of_database(each).empty());
}

TEST_CASE("a broker on another machine without TLS and a debug log are told as unsafe") {
  auto settings = at_rest();
  CHECK(unsafe_settings(settings).empty());
  settings.bus.host = "broker.example";
  settings.log_level = "debug";
  CHECK(unsafe_settings(settings) == Names{"mqtt_without_tls", "debug_log"});
  settings.bus.tls = true;
  CHECK(unsafe_settings(settings) == Names{"debug_log"});
}
