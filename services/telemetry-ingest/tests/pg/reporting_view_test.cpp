// SPDX-License-Identifier: Apache-2.0
// docs/examples/grafana/reporting.sql on the schema as it is.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <pqxx/connection>
#include <pqxx/except>
#include <pqxx/nontransaction>
#include <pqxx/result>

#include "core/random.hpp"
#include "outbound/pg_partitions.hpp"
#include "outbound/pg_report_store.hpp"
#include "pg/pool.hpp"
#include "testing/postgres.hpp"
#include "testing/process.hpp"

using namespace turnkey;

namespace {

struct Reporting {
  Reporting()
      : pool({.connection_string =
                  testing::Postgres::instance().connection_string(database, "turnkey_telemetry"),
              .search_path = "telemetry"}) {
    ingest::PgReportStore(pool).open("fedcba9876543210");  // makes the schema
    ingest::make_partition(pool, ingest::Week::of(*core::from_iso("2026-11-23T12:00:00Z")));
  }

  int run_example(const std::string& password) {
    const std::string file =
        std::string(std::getenv("TURNKEY_SOURCE_DIR")) + "/docs/examples/grafana/reporting.sql";
    testing::Child psql(
        {"psql", "-X", "-q", "-d", testing::Postgres::instance().admin_connection_string(database), "-v",
         "password=" + password, "-f", file},
        folder.path() + "/psql.log");
    return psql.wait();
  }
  void as_admin(const std::string& sql) {
    pqxx::connection connection(testing::Postgres::instance().admin_connection_string(database));
    pqxx::nontransaction(connection).exec(sql);
  }
  pqxx::result as_grafana(const std::string& sql) {
    pqxx::connection connection(testing::Postgres::instance().connection_string(database, "turnkey_grafana"));
    return pqxx::nontransaction(connection).exec(sql);
  }

  std::string database = testing::Postgres::instance().create_database();
  testing::TemporaryFolder folder;
  pg::Pool pool;
};

}  // namespace

TEST_CASE_METHOD(Reporting,
                 "the reporting view shows what was measured, to a role that may read it and nothing else") {
  REQUIRE(run_example(core::random_hex(24)) == 0);
  as_admin(
      "insert into telemetry.devices (device_id, revision) values ('aaaaaaaaaaaaaaaaaaaaaaaa', 1);"
      "insert into telemetry.devices (device_id, revision, deleted) values ('bbbbbbbbbbbbbbbbbbbbbbbb', 1, "
      "true);"
      "insert into telemetry.attributes (name) values ('rpm');"
      "insert into telemetry.samples select device_key, attribute_key, '2026-11-23T12:00:00Z', now(), 1500, "
      "null from "
      "telemetry.devices, telemetry.attributes");
  const auto rows = as_grafana("select device_id, attribute, number, text from reporting.device_values");
  REQUIRE(rows.size() == 1);
  CHECK(rows[0][0].as<std::string>() == "aaaaaaaaaaaaaaaaaaaaaaaa");
  CHECK(rows[0][1].as<std::string>() == "rpm");
  CHECK(rows[0][2].as<double>() == 1500);
  CHECK(rows[0][3].is_null());
  for (const char* sql : {"select * from telemetry.samples", "delete from reporting.device_values",
                          "create table reporting.mine ()", "select * from telemetry.devices"}) {
    INFO(sql);
    CHECK_THROWS_AS(as_grafana(sql), pqxx::sql_error);
  }
}

TEST_CASE_METHOD(Reporting, "the reporting view may be made again, and its role gets the new password") {
  CHECK(run_example(core::random_hex(24)) == 0);
  CHECK(run_example(core::random_hex(24)) == 0);
  CHECK(as_grafana("select count(*) from reporting.device_values")[0][0].as<int>() == 0);
}
