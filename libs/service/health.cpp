// SPDX-License-Identifier: Apache-2.0
#include "service/health.hpp"

#include <sys/statvfs.h>

#include <sstream>
#include <system_error>

#include "service/log.hpp"

namespace turnkey::service {
namespace {

using contracts::Json;

bool stays_on_this_machine(const std::string& host) {
  return host.empty() || host.front() == '/' || host == "localhost" || host == "::1" ||
         host.starts_with("127.");
}

// The word behind "name=" of a libpq string as ours are: words with blanks between.
std::string word_of(const std::string& connection_string, const std::string& name) {
  std::istringstream words(connection_string);
  for (std::string word; words >> word;) {
    if (word.starts_with(name + "=")) return word.substr(name.size() + 1);
  }
  return {};
}

// libpq takes several hosts with commas between, and connects to hostaddr where there is one.
bool all_stay_on_this_machine(const std::string& hosts) {
  std::istringstream each(hosts);
  for (std::string host; std::getline(each, host, ',');) {
    if (!stays_on_this_machine(host)) return false;
  }
  return true;
}

bool database_in_the_open(const std::string& connection_string) {
  const std::string mode = word_of(connection_string, "sslmode");
  const std::string address = word_of(connection_string, "hostaddr");
  return !all_stay_on_this_machine(address.empty() ? word_of(connection_string, "host") : address) &&
         mode != "require" && !mode.starts_with("verify-");
}

}  // namespace

std::vector<std::string> unsafe_settings(const Settings& settings) {
  std::vector<std::string> names;
  if (!settings.bus.tls && !stays_on_this_machine(settings.bus.host)) names.emplace_back("mqtt_without_tls");
  if (database_in_the_open(settings.database)) names.emplace_back("database_without_tls");
  if (settings.log_level == "debug") names.emplace_back("debug_log");
  return names;
}

Json json_of(const pg::DatabaseFacts& facts) {
  return {{"bytes", facts.bytes},
          {"connections", facts.connections},
          {"mostConnections", facts.most_connections},
          {"roundTrip_ms", facts.round_trip.count()}};
}

Json room_of(const std::string& folder) {
  struct statvfs about {};
  if (statvfs(folder.c_str(), &about) != 0)
    throw std::system_error(errno, std::generic_category(), "room of " + folder);
  return {{"freeBytes", std::uint64_t{about.f_bavail} * about.f_frsize},
          {"totalBytes", std::uint64_t{about.f_blocks} * about.f_frsize}};
}

Health::Health(const Settings& settings, const InternalPort& internal, const core::Clock& clock)
    : name_(settings.name),
      instance_(settings.instance),
      internal_(internal),
      clock_(clock),
      unsafe_(unsafe_settings(settings)) {}

void Health::fact(std::string name, std::function<Json()> ask) {
  facts_.emplace_back(std::move(name), std::move(ask));
}

void Health::unsafe(std::string setting) { unsafe_.push_back(std::move(setting)); }

void Health::serve(bus::RpcServer& server) {
  server.on("health",
            [this](const Json&, const bus::CallContext&) -> core::Result<Json> { return report(); });
}

Json Health::report() const {
  Json report = {{"service", name_},           {"instance", instance_},
                 {"version", TURNKEY_VERSION}, {"time", core::to_iso(clock_.now())},
                 {"down", internal_.down()},   {"unsafe", unsafe_}};
  for (const auto& [name, ask] : facts_) {
    try {
      report[name] = ask();
    } catch (const std::exception& error) {
      log_warning("a fact for ops is missing", {{"fact", name}, {"reason", error.what()}});
    }
  }
  return report;
}

}  // namespace turnkey::service
