// SPDX-License-Identifier: Apache-2.0
#include "support/installation.hpp"

#include <httplib.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "core/random.hpp"

namespace turnkey::tests {
namespace {

using contracts::Json;

std::string read_file(const std::string& path) {
  const std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw std::runtime_error(path + " cannot be read");
  return text.str();
}

std::string first_line(const std::string& text) { return text.substr(0, text.find_first_of("\r\n")); }

// A connection with the settings that all calls share.
struct Connection {
  Connection(const std::string& host, int port, const std::string& ca_file) : client(host, port) {
    client.set_ca_cert_path(ca_file.c_str());
    client.set_connection_timeout(5);
    client.set_read_timeout(30);
    client.set_tcp_nodelay(true);
  }
  httplib::SSLClient client;
};

Reply reply_of(const httplib::Result& result) {
  return result ? Reply{result->status, result->body} : Reply{};
}

// Takes a stream apart as it comes in, in pieces of any size.
class EventReader {
 public:
  explicit EventReader(const std::function<bool(const std::string&, const Json&)>& on_event)
      : on_event_(on_event) {}
  bool take(const char* data, std::size_t size) {
    buffer_.append(data, size);
    for (std::size_t end = buffer_.find("\n\n"); end != std::string::npos; end = buffer_.find("\n\n")) {
      const std::string block = buffer_.substr(0, end);
      buffer_.erase(0, end + 2);
      if (!dispatch(block)) return false;
    }
    return true;
  }

 private:
  bool dispatch(const std::string& block) {
    std::istringstream lines(block);
    std::string name, data;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("event: ")) name = line.substr(7);
      if (line.starts_with("data: ")) data = line.substr(6);
    }
    return name.empty() || on_event_(name, Json::parse(data));
  }
  const std::function<bool(const std::string&, const Json&)>& on_event_;
  std::string buffer_;
};

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream in(line);
  for (std::string cell; std::getline(in, cell, ',');) cells.push_back(cell);
  return cells;
}

}  // namespace

Json Reply::json() const { return Json::parse(body); }

Reply User::get(const std::string& path) const {
  return reply_of(Connection(host_, port_, ca_file_).client.Get(path.c_str(), {{"Cookie", cookie_}}));
}

Reply User::post(const std::string& path, const Json& body) const {
  return reply_of(Connection(host_, port_, ca_file_)
                      .client.Post(path.c_str(), {{"Cookie", cookie_}, {"Origin", origin_}}, body.dump(),
                                   "application/json"));
}

Reply User::remove(const std::string& path) const {
  return reply_of(Connection(host_, port_, ca_file_)
                      .client.Delete(path.c_str(), {{"Cookie", cookie_}, {"Origin", origin_}}));
}

bool User::stream(const std::string& path,
                  const std::function<bool(const std::string&, const Json&)>& on_event) const {
  EventReader reader(on_event);
  int status = 0;
  Connection connection(host_, port_, ca_file_);
  (void)connection.client.Get(
      path.c_str(), {{"Cookie", cookie_}},
      [&](const httplib::Response& response) {
        status = response.status;
        return status == 200;
      },
      [&](const char* data, std::size_t size) { return reader.take(data, size); });
  return status == 200;
}

Installation::Installation(std::string data_folder)
    : folder_(std::move(data_folder)), demo_(Json::parse(read_file(folder_ + "/demo.json"))) {
  const std::string url = demo_.at("url");
  const std::size_t colon = url.rfind(':');
  host_ = "localhost";  // the certificate holds it, whatever the installation's public name is
  port_ = colon > 6 ? std::stoi(url.substr(colon + 1)) : 443;
}

User Installation::sign_in(const std::string& tenant, const std::string& role) const {
  const std::string origin = "https://" + host_ + ":" + std::to_string(port_);
  for (const Json& user : demo_.at("users")) {
    if (user.at("tenant") != tenant || user.at("role") != role) continue;
    const Json body = {{"email", user.at("email")}, {"password", user.at("password")}};
    const auto result =
        Connection(host_, port_, ca_file())
            .client.Post("/api/session", {{"Origin", origin}}, body.dump(), "application/json");
    if (!result || result->status != 200) throw std::runtime_error("the sign-in failed");
    const std::string cookie = result->get_header_value("Set-Cookie");
    return {host_, port_, ca_file(), origin, cookie.substr(0, cookie.find(';'))};
  }
  throw std::runtime_error("there is no " + role + " of " + tenant);
}

std::vector<DeviceKeys> Installation::register_devices(int count) const {
  const User operator_ = sign_in("kanarra", "operator");
  const std::string recipe = operator_.get("/api/recipes").json().at("items").at(0).at("id");
  const Reply reply = operator_.post("/api/recipes/" + recipe + "/batches", {{"count", count}});
  if (reply.status != 201) throw std::runtime_error("registering devices failed: " + reply.body);
  std::vector<DeviceKeys> devices;
  std::istringstream lines(reply.body);
  std::string line;
  std::getline(lines, line);  // serial,device_id,access_key,access_secret,qr
  while (std::getline(lines, line)) {
    const auto cells = cells_of(first_line(line));
    devices.push_back({cells.at(0), cells.at(1), cells.at(2), cells.at(3)});
  }
  return devices;
}

bus::Options Installation::device(const DeviceKeys& keys) const {
  bus::Options options;
  options.host = "127.0.0.1";
  options.port = demo_.at("mqtt").at("port");
  options.client_id = keys.id;
  options.user_name = keys.access_key;
  options.password = keys.access_secret;
  return options;
}

bus::Options Installation::service(const std::string& name, const std::string& instance) const {
  bus::Options options;
  options.host = "127.0.0.1";
  options.port = demo_.at("mqtt").at("port");
  options.client_id = name + "-" + instance;
  options.user_name = name;
  options.password = first_line(read_file(folder_ + "/secrets/mqtt-" + name));
  return options;
}

}  // namespace turnkey::tests
