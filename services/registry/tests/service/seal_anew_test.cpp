// SPDX-License-Identifier: Apache-2.0
// The rotation of the seal key, over what registration and webhooks have sealed.
#include "usecases/seal_anew.hpp"

#include <fstream>

#include "pg/pool.hpp"
#include "service/registration_stage.hpp"

using namespace turnkey;
using namespace turnkey::registry;
using namespace turnkey::registry::tests;

namespace {

// Looks at the installation's database with seal keys of its own.
struct Looker {
  explicit Looker(core::Secret ring) : sealer(std::move(ring)), pool(options()) {}
  int sealed_before() const { return count_sealed_before(context, sealer); }
  static pg::PoolOptions options() {
    pg::PoolOptions options;
    options.connection_string =
        testing::Postgres::instance().connection_string(system().database, "turnkey_registry");
    options.search_path = "registry";
    return options;
  }
  const Sealer sealer;
  pg::Pool pool;
  const Context context{pool, system().clock, [] {}, "turnkey.example"};
};

std::string webhook_secret_sealed(const std::string& id) {
  pqxx::connection connection(testing::Postgres::instance().admin_connection_string(system().database));
  pqxx::nontransaction tx(connection);
  const auto row = tx.exec_params1(
      "select encode(webhook_secret_sealed, 'hex') from registry.integrations where id = $1", id);
  return core::from_hex(row[0].as<std::string>()).value();
}

std::string integration_with_webhook() {
  auto& s = system();
  const Json wanted = {{"name", "Hook " + core::random_hex(4)},
                       {"events", {"device.connected"}},
                       {"webhook", {{"url", "https://hook.example/"}}}};
  return s.must("create_integration", System::as(s.ops, wanted))["integration"]["id"];
}

}  // namespace

TEST_CASE("a rotated seal key opens what was sealed before, once all of it is sealed anew") {
  auto& s = system();
  const auto before = issue();
  const std::string hook = integration_with_webhook();
  const std::string ring = s.folder.path() + "/ring";
  const std::string newer = core::random_hex(32);
  std::ofstream(ring) << s.seal_key << '\n';
  const Looker looker(core::Secret::in_file(ring));
  const int opened_by_none = looker.sealed_before();  // other tests lose seal keys

  std::ofstream(ring) << s.seal_key << '\n' << newer << '\n';
  CHECK(looker.sealed_before() >= opened_by_none + 2);
  seal_anew(looker.context, looker.sealer);
  CHECK(looker.sealed_before() == opened_by_none);
  CHECK(Sealer(newer).open(webhook_secret_sealed(hook), "webhook " + hook).has_value());

  s.app.reset();
  s.seal_key = newer;
  s.start_registry();
  const auto after = issue();
  CHECK(after.header()["kid"] == before.header()["kid"]);  // the same key signs
  CHECK(present(after.jwt).has_value());
}

TEST_CASE("what no seal key opens stays as it is, and is counted") {
  issue();
  const Looker looker(core::random_hex(32));
  const int sealed = looker.sealed_before();
  CHECK(sealed >= 1);
  seal_anew(looker.context, looker.sealer);
  CHECK(looker.sealed_before() == sealed);
  CHECK(present(issue().jwt).has_value());
}
