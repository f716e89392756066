// SPDX-License-Identifier: Apache-2.0
#include "service/system.hpp"

using namespace turnkey::registry::tests;
using turnkey::core::ErrorCode;

namespace {

struct Tenant {
  std::string name = "Erased " + turnkey::core::random_hex(6);
  std::string root = system().group(name);
  std::string site = system().group(name + " site", root);
  std::string email = "kim" + turnkey::core::random_hex(6) + "@erased.example";
  std::string person = system().user(email, "technician", site);
};

Json erasure(const char* method, const std::string& id, bool apply, const std::string& actor = system().ops) {
  return system().must(method, System::as(actor, {{"id", id}, {"apply", apply}}));
}

turnkey::core::Result<Json> tried(const char* method, const std::string& id, const std::string& actor) {
  return system().call(method, System::as(actor, {{"id", id}, {"apply", true}}));
}

Json verdict() { return system().must("verify_ledger", System::as(system().ops, Json::object())); }

bool found(const std::string& text) { return system().dump().find(text) != std::string::npos; }

}  // namespace

TEST_CASE("S23 a person is counted, then erased: the ledger keeps an id that nothing leads back from") {
  Tenant tenant;
  (void)system().call("sign_in",
                      {{"email", tenant.email}, {"password", "not it"}, {"remoteAddress", "192.0.2.7"}});
  const auto counted = erasure("erase_user", tenant.person, false);
  CHECK(counted["rows"]["users"] == 1);
  CHECK(counted["rows"]["sign_in_failures"] == 1);
  CHECK_FALSE(counted.contains("ledger"));
  CHECK(found(tenant.email));
  const auto erased = erasure("erase_user", tenant.person, true);
  CHECK(erased["rows"] == counted["rows"]);
  CHECK(erased["ledger"]["hash"].get<std::string>().size() == 64);
  CHECK_FALSE(found(tenant.email));
  CHECK(verdict()["ok"] == true);
  const auto line =
      system().must("list_ledger", System::as(system().ops, {{"act", "user.erased"}}))["items"][0];
  CHECK(line["hash"] == erased["ledger"]["hash"]);
  CHECK(line["detail"]["userId"] == tenant.person);
  CHECK(tried("erase_user", tenant.person, system().ops).error().code == ErrorCode::not_found);
}

TEST_CASE("S23 S20 a tenant is erased with its names in the ledger, which is verified as before and after") {
  Tenant tenant;
  const std::string elsewhere = system().group("Kept " + turnkey::core::random_hex(6));
  CHECK(found(tenant.name));
  const auto integration = system().must(
      "create_integration",
      System::as(system().ops,
                 {{"name", tenant.name}, {"groupId", tenant.site}, {"events", {"device.released"}}}));
  const auto counted = erasure("erase_group", tenant.root, false);
  CHECK(counted["rows"]["groups"] == 2);
  CHECK(counted["rows"]["integrations"] == 1);
  CHECK(counted["rows"]["users"] == 1);
  CHECK(counted["rows"]["ledger"] >= 2);
  CHECK(counted["users"] == Json{tenant.person});
  CHECK(verdict()["ok"] == true);
  const auto erased = erasure("erase_group", tenant.root, true);
  CHECK_FALSE(found(tenant.name));
  CHECK_FALSE(found(tenant.email));
  CHECK(verdict()["ok"] == true);
  const auto last =
      system().must("list_ledger", System::as(system().ops, {{"act", "group.erased"}}))["items"][0];
  CHECK(last["detail"]["redacted"] == counted["rows"]["ledger"]);
  CHECK(system().number("select count(*) from registry.groups where id = '" + elsewhere + "'") == 1);
  CHECK(erased["groups"].size() == 2);
}

TEST_CASE(
    "S20 the database lets nothing but words leave a line, once, and verify names what was changed after "
    "that") {
  Tenant tenant;
  erasure("erase_group", tenant.root, true);
  const auto line = [&](const std::string& what) {
    return "update registry.ledger set " + what +
           " where seq = (select max(seq) from registry.ledger where "
           "registry.ledger_redacted_by(line) is not null)";
  };
  CHECK_THROWS_WITH(system().sql(line("line = replace(line, 'groupId', 'groupXd')")),
                    Catch::Contains("append-only"));
  CHECK_THROWS_WITH(system().sql(line("hash = hash")), Catch::Contains("append-only"));
  CHECK_THROWS_WITH(
      system().sql("delete from registry.ledger where registry.ledger_redacted_by(line) is not null"),
      Catch::Contains("append-only"));
  const std::string unguarded = "set session_replication_role = replica; ";
  system().sql(unguarded + line("line = replace(line, 'groupId', 'groupXd')"));
  CHECK(verdict()["ok"] == false);
  system().sql(unguarded + line("line = replace(line, 'groupXd', 'groupId')"));
  CHECK(verdict()["ok"] == true);
}

TEST_CASE("S5 only operators erase, nobody themselves, and no tenant that has devices still") {
  Tenant tenant;
  const std::string admin =
      system().user("boss" + turnkey::core::random_hex(6) + "@erased.example", "admin", tenant.root);
  CHECK(tried("erase_user", tenant.person, admin).error().code == ErrorCode::not_found);
  CHECK(tried("erase_group", tenant.root, admin).error().code == ErrorCode::not_found);
  CHECK(tried("erase_user", system().ops, system().ops).error().detail == "own_account");
  std::string serial = "ERA" + turnkey::core::random_hex(4);
  for (char& c : serial) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  system().devices(system().recipe(), "serial,group,model,name\n" + serial + "," + tenant.name + "/" +
                                          tenant.name + " site,kd-30,Roof\n");
  CHECK(erasure("erase_group", tenant.root, false)["devices"] == 1);
  CHECK(tried("erase_group", tenant.root, system().ops).error().detail == "devices_remain");
  system().must("release_device",
                System::as(system().ops, {{"serial", serial},
                                          {"idempotencyKey", turnkey::core::random_hex(8)},
                                          {"secretPart", turnkey::core::random_hex(32)},
                                          {"requestedAt", turnkey::core::to_iso(system().clock.now())}}));
  const auto erased = erasure("erase_group", tenant.root, true);
  CHECK(erased["tenures"].size() == 1);
  CHECK_FALSE(found(tenant.name));
  CHECK(verdict()["ok"] == true);
}
