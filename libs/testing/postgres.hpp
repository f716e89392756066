// SPDX-License-Identifier: Apache-2.0
// A real PostgreSQL for a test program: one private cluster in a temporary folder, made at the first use
// (about 3 s), on a Unix socket and a free loopback port, stopped and removed when the program ends (also
// after a failed test). fsync is off. Runs as the user `postgres` when the program runs as root, because
// PostgreSQL refuses root.
#pragma once

#include <memory>
#include <string>

namespace turnkey::testing {

class Postgres {
 public:
  static Postgres& instance();
  ~Postgres();
  // A new empty database with the roles turnkey_registry, turnkey_provisioning, turnkey_telemetry (each owner
  // of nothing yet, may create a schema) and turnkey_broker (may only connect).
  std::string create_database();
  std::string connection_string(const std::string& database,
                                const std::string& role = "turnkey_registry") const;
  std::string admin_connection_string(const std::string& database) const;
  void stop_now();  // immediate shutdown, as after a crash
  void start_again();

 private:
  Postgres();
  struct Cluster;
  std::unique_ptr<Cluster> cluster_;
};

}  // namespace turnkey::testing
