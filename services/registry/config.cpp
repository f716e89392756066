// SPDX-License-Identifier: Apache-2.0
#include "config.hpp"

#include <fstream>
#include <sstream>

namespace turnkey::registry {
namespace {

constexpr std::size_t kLongestCa = 64 * 1024;  // bytes

// "host:port", "[address]:port" or either without the port.
std::string host_of(const std::string& authority) {
  if (authority.starts_with('[')) return authority.substr(1, authority.find(']') - 1);
  return authority.substr(0, authority.find(':'));
}

std::string read_ca(service::ConfigReader& in, const std::string& path) {
  if (path.empty()) return {};
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  const std::string pem = text.str();
  if (pem.find("-----BEGIN CERTIFICATE-----") == std::string::npos || pem.size() > kLongestCa)
    in.reject("TURNKEY_DEVICE_BROKER_CA_FILE: the file " + path + " holds no certificates in PEM.");
  return pem;
}

DeviceBroker read_device_broker(service::ConfigReader& in, const std::string& label_host) {
  DeviceBroker broker;
  broker.host = in.text("TURNKEY_DEVICE_BROKER_HOST", host_of(label_host));
  broker.port = static_cast<int>(in.integer("TURNKEY_DEVICE_BROKER_PORT", 1, 65535, broker.port));
  broker.tls = in.boolean("TURNKEY_DEVICE_BROKER_TLS", broker.tls);
  broker.ca_pem = read_ca(in, in.text("TURNKEY_DEVICE_BROKER_CA_FILE", ""));
  return broker;
}

}  // namespace

Config read_config(service::ConfigReader in) {
  Config config;
  config.service = service::read_settings(in, "registry", true);
  config.label_host = in.text("TURNKEY_LABEL_HOST");
  if (!in.text("TURNKEY_FIRST_OPERATOR_TOKEN_FILE", "").empty()) {
    const auto token = in.secret("TURNKEY_FIRST_OPERATOR_TOKEN", 32).all();
    if (!token.empty()) config.first_operator_token = token.front();
  }
  config.seal_key = in.secret("TURNKEY_SEAL_KEY", 32);
  config.device_broker = read_device_broker(in, config.label_host);
  config.webhooks.http = in.boolean("TURNKEY_WEBHOOK_HTTP", false);
  config.webhooks.private_addresses = in.boolean("TURNKEY_WEBHOOK_PRIVATE_ADDRESSES", false);
  config.rpc_threads = static_cast<int>(in.integer("TURNKEY_RPC_THREADS", 1, 64, 16));
  in.throw_if_wrong();
  return config;
}

}  // namespace turnkey::registry
