// SPDX-License-Identifier: Apache-2.0
#include "testing/plain_broker.hpp"

#include <signal.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "testing/eventually.hpp"

namespace turnkey::testing {
namespace {

std::string shipped(const std::string& name) {
  const char* source = std::getenv("TURNKEY_SOURCE_DIR");
  if (source == nullptr) throw std::runtime_error("TURNKEY_SOURCE_DIR is not set: run this with ctest");
  return std::string(source) + "/deploy/brokers/mosquitto/" + name;
}

std::string read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

void fill_in(std::string& text, const std::string& name, const std::string& value) {
  for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + value.size()))
    text.replace(at, name.size(), value);
}

}  // namespace

PlainBroker::PlainBroker(const std::vector<std::pair<std::string, std::string>>& devices) {
  const std::string passwords = folder_.path() + "/passwords";
  {
    std::ofstream out(passwords);
    for (const auto* name : {"registry", "provisioning", "telemetry-ingest", "experience-gateway"})
      out << name << ":" << password_of(name) << "\n";
    for (const auto& [key, secret] : devices) out << key << ":" << secret << "\n";
  }
  if (Child({"mosquitto_passwd", "-U", passwords}, folder_.path() + "/log").wait() != 0)
    throw std::runtime_error("mosquitto_passwd failed");
  std::string config = read(shipped("mosquitto.conf.in"));
  fill_in(config, "@BIND_ADDRESS@", "127.0.0.1");
  fill_in(config, "@PORT@", std::to_string(port_));
  fill_in(config, "@PASSWORDS@", passwords);
  fill_in(config, "@ACL@", shipped("acl"));
  fill_in(config, "@USER@", "root");
  std::ofstream(folder_.path() + "/mosquitto.conf") << config;
  start();
}

void PlainBroker::add(const std::string& access_key, const std::string& secret) {
  Child add({"mosquitto_passwd", "-b", folder_.path() + "/passwords", access_key, secret},
            folder_.path() + "/log");
  if (add.wait() != 0) throw std::runtime_error("mosquitto_passwd failed");
  child_->signal(SIGHUP);
}

void PlainBroker::start() {
  child_ =
      std::make_unique<Child>(std::vector<std::string>{"mosquitto", "-c", folder_.path() + "/mosquitto.conf"},
                              folder_.path() + "/log");
  if (!eventually([&] { return listening(port_); })) throw std::runtime_error("mosquitto does not start");
}

void PlainBroker::kill_and_start() {
  child_->signal(SIGKILL);
  child_->wait();
  start();
}

std::string PlainBroker::password_of(const std::string& service) { return service + " has this in a test"; }

bus::Options PlainBroker::service(const std::string& name, const std::string& instance) const {
  bus::Options options;
  options.port = port_;
  options.client_id = name + "-" + instance;
  options.user_name = name;
  options.password = password_of(name);
  return options;
}

}  // namespace turnkey::testing
