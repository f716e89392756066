// SPDX-License-Identifier: Apache-2.0
// What brokers other than Mosquitto with the plugin ask the registry's views: the queries of
// deploy/brokers/emqx/emqx.conf on a real PostgreSQL, as the role that they log in with.
#include <cstdlib>
#include <pqxx/except>
#include <regex>
#include <set>

#include "core/hash.hpp"
#include "service/system.hpp"

using namespace turnkey;
using namespace turnkey::registry::tests;

namespace {

struct Broker {
  Broker() : s(system()) {
    device = s.devices(s.recipe(), "serial\n" + serial() + "\n")[0];
    other = s.devices(s.recipe(), "serial\n" + serial() + "\n")[0];
    const std::ifstream file(std::string(std::getenv("TURNKEY_SOURCE_DIR")) +
                             "/deploy/brokers/emqx/emqx.conf");
    std::ostringstream text;
    text << file.rdbuf();
    const std::string all = text.str();
    const std::regex quoted("query = \"\"\"([^\"]*)\"\"\"");
    for (auto it = std::sregex_iterator(all.begin(), all.end(), quoted); it != std::sregex_iterator(); ++it)
      queries.push_back(prepared((*it)[1]));
    REQUIRE(queries.size() == 2);
  }
  static std::string serial() {
    std::string text = "EMQ-" + core::random_hex(4);
    for (char& c : text) c = static_cast<char>(std::toupper(c));
    return text;
  }
  static std::string prepared(std::string query) {
    query = std::regex_replace(query, std::regex("\\$\\{username\\}"), "$$1");
    query = std::regex_replace(query, std::regex("\\$\\{clientid\\}"), "$$2");
    return std::regex_replace(query, std::regex("\\$\\{peerhost\\}"), "$$3");
  }
  pqxx::result ask(std::size_t which, const std::string& user, const std::string& client,
                   const std::string& address = "192.0.2.1") const {
    pqxx::connection connection(
        testing::Postgres::instance().connection_string(s.database, "turnkey_broker"));
    return pqxx::nontransaction(connection).exec_params(queries[which], user, client, address);
  }
  bool lets_in(const System::Made& one, const std::string& client, const std::string& secret,
               const std::string& address = "192.0.2.1") const {
    const auto rows = ask(0, one.key, client, address);
    if (rows.empty()) return false;
    CHECK_FALSE(rows[0]["is_superuser"].as<bool>());
    CHECK(rows[0]["salt"].as<std::string>().empty());
    return rows[0]["password_hash"].as<std::string>() == core::sha256_hex(secret);
  }
  std::set<std::string> rights(const System::Made& one, const std::string& address = "192.0.2.1") const {
    std::set<std::string> all;
    for (const auto& row : ask(1, one.key, one.id, address)) {
      CHECK(row["permission"].as<std::string>() == "allow");
      all.insert(row["action"].as<std::string>() + " " + row["topic"].as<std::string>());
    }
    return all;
  }

  System& s;
  System::Made device, other;
  std::vector<std::string> queries;
};

}  // namespace

TEST_CASE_METHOD(Broker,
                 "S10: another broker's questions: a key logs in as its own device and with its own secret") {
  CHECK(lets_in(device, device.id, device.secret));
  CHECK_FALSE(lets_in(device, other.id, device.secret));
  CHECK_FALSE(lets_in(device, device.id, other.secret));
  CHECK(ask(0, "", "").empty());
  CHECK(ask(0, "' or true --", device.id).empty());
}

TEST_CASE_METHOD(Broker,
                 "S10: another broker's questions: a device has the topics of its own id, and no other") {
  CHECK(rights(device) == std::set<std::string>{"publish devices/" + device.id + "/state",
                                                "publish losant/" + device.id + "/state",
                                                "subscribe devices/" + device.id + "/command",
                                                "subscribe losant/" + device.id + "/command"});
  CHECK(ask(1, device.key, other.id).empty());
}

TEST_CASE_METHOD(
    Broker, "S11: another broker's questions: a revoked, a disabled and an ended key have nothing left") {
  for (const std::string change :
       {"revoked_at = now()", "disabled = true", "valid_until = now() - interval '1 second'"}) {
    CAPTURE(change);
    const auto one = s.devices(s.recipe(), "serial\n" + serial() + "\n")[0];
    REQUIRE(lets_in(one, one.id, one.secret));
    s.sql("update registry.credentials set " + change + " where access_key = '" + one.key + "'");
    CHECK_FALSE(lets_in(one, one.id, one.secret));
    CHECK(rights(one).empty());
  }
}

TEST_CASE_METHOD(Broker,
                 "another broker's questions: a key with a list of addresses counts from there alone") {
  s.sql(
      "update registry.credentials set allowed_addresses = '{198.51.100.0/24,2001:db8::/32}' where "
      "access_key = '" +
      device.key + "'");
  CHECK(lets_in(device, device.id, device.secret, "198.51.100.7"));
  CHECK(lets_in(device, device.id, device.secret, "2001:db8::7"));
  CHECK_FALSE(lets_in(device, device.id, device.secret, "192.0.2.1"));
  CHECK(rights(device, "198.51.100.7").size() == 4);
  CHECK(rights(device).empty());
}

TEST_CASE_METHOD(
    Broker, "S10: the role of a broker reads the views of credentials, and nothing else of the registry") {
  pqxx::connection connection(testing::Postgres::instance().connection_string(s.database, "turnkey_broker"));
  pqxx::nontransaction tx(connection);
  for (const char* table : {"credentials", "users", "devices"})
    CHECK_THROWS_AS(tx.exec(std::string("select from registry.") + table), pqxx::insufficient_privilege);
  CHECK_THROWS(tx.exec("delete from registry.mqtt_users"));
}

TEST_CASE_METHOD(Broker, "another broker's questions take a lookup, not a scan") {
  pqxx::connection connection(testing::Postgres::instance().connection_string(s.database, "turnkey_broker"));
  pqxx::nontransaction tx(connection);
  tx.exec("set enable_seqscan = off");
  std::string plan;
  for (const auto& row : tx.exec_params("explain " + queries[0], device.key, device.id, "192.0.2.1"))
    plan += row[0].as<std::string>() + "\n";
  INFO(plan);
  CHECK(plan.find("Index") != std::string::npos);
}
