// SPDX-License-Identifier: Apache-2.0
#include "testing/postgres.hpp"

#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "testing/eventually.hpp"
#include "testing/process.hpp"

namespace turnkey::testing {
namespace {

using Arguments = std::vector<std::string>;

std::string newest_programs() {
  std::string newest;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql")) {
    if (std::filesystem::exists(entry.path() / "bin/initdb"))
      newest = std::max(newest, (entry.path() / "bin").string());
  }
  if (newest.empty()) throw std::runtime_error("PostgreSQL is not installed");
  return newest;
}

// PostgreSQL refuses to run as root.
Arguments as_database_user(Arguments arguments) {
  if (geteuid() != 0) return arguments;
  Arguments out = {"setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--pdeathsig=KILL"};
  out.insert(out.end(), arguments.begin(), arguments.end());
  return out;
}

void give_to_database_user(const std::string& folder) {
  if (geteuid() != 0) return;
  const passwd* user = getpwnam("postgres");
  if (user == nullptr || chown(folder.c_str(), user->pw_uid, user->pw_gid) != 0) {
    throw std::runtime_error("the folder cannot be given to the user postgres");
  }
}

}  // namespace

struct Postgres::Cluster {
  TemporaryFolder folder;
  std::string programs = newest_programs();
  int port = free_port();
  std::string data = folder.path() + "/data";
  std::unique_ptr<Child> server;
  std::atomic<int> databases{0};

  int run(const Arguments& arguments) const { return Child(arguments, folder.path() + "/log").wait(); }

  int sql(const std::string& database, const std::string& text) const {
    return run({programs + "/psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d",
                "host=127.0.0.1 port=" + std::to_string(port) + " user=postgres dbname=" + database, "-c",
                text});
  }

  void make() {
    chmod(folder.path().c_str(), 0755);
    std::filesystem::create_directory(data);
    give_to_database_user(data);
    if (run(as_database_user({programs + "/initdb", "-D", data, "-U", "postgres", "--auth=trust", "-E",
                              "UTF8", "--locale=C"})) != 0) {
      throw std::runtime_error("initdb failed");
    }
    // One role has a password, for the tests of passwords.
    std::ofstream(data + "/pg_hba.conf") << "host all turnkey_with_password 127.0.0.1/32 scram-sha-256\n"
                                            "host all all 127.0.0.1/32 trust\n";
    std::ofstream(data + "/postgresql.auto.conf")
        << "listen_addresses = '127.0.0.1'\nport = " << port
        << "\nunix_socket_directories = ''\nfsync = off\n"
        << "full_page_writes = off\nshared_buffers = 32MB\nmax_connections = 200\n";
    start();
    for (const char* role : {"registry", "provisioning", "telemetry", "broker"}) {
      if (sql("postgres", std::string("create role turnkey_") + role + " login") != 0)
        throw std::runtime_error("no role can be made");
    }
  }

  void start() {
    server = std::make_unique<Child>(as_database_user({programs + "/postgres", "-D", data}),
                                     folder.path() + "/log");
    const bool ready = eventually(
        [&] {
          return run({programs + "/pg_isready", "-q", "-h", "127.0.0.1", "-p", std::to_string(port)}) == 0;
        },
        std::chrono::seconds(30));
    if (!ready) throw std::runtime_error("PostgreSQL does not start");
  }
};

Postgres& Postgres::instance() {
  static Postgres only;
  return only;
}

Postgres::Postgres() : cluster_(std::make_unique<Cluster>()) { cluster_->make(); }

Postgres::~Postgres() {
  if (cluster_->server) stop_now();
}

std::string Postgres::create_database() {
  const std::string name = "test" + std::to_string(++cluster_->databases);
  const std::string grant =
      "grant create on database " + name + " to turnkey_registry, turnkey_provisioning, turnkey_telemetry";
  if (cluster_->sql("postgres", "create database " + name) != 0 || cluster_->sql("postgres", grant) != 0) {
    throw std::runtime_error("no database can be made");
  }
  return name;
}

std::string Postgres::connection_string(const std::string& database, const std::string& role) const {
  return "host=127.0.0.1 port=" + std::to_string(cluster_->port) + " dbname=" + database + " user=" + role;
}

std::string Postgres::admin_connection_string(const std::string& database) const {
  return connection_string(database, "postgres");
}

void Postgres::stop_now() {
  cluster_->server->signal(SIGQUIT);
  cluster_->server->wait();
  cluster_->server.reset();
}

void Postgres::start_again() { cluster_->start(); }

}  // namespace turnkey::testing
