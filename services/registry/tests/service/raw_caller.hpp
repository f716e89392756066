// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "service/system.hpp"

namespace turnkey::registry::tests {

// Sends requests as the bus brings them, and keeps the replies as they come.
class RawCaller {
 public:
  RawCaller() {
    auto options = as_service(*system().broker, "experience-gateway");
    options.client_id = "experience-gateway-raw";
    client_ = std::make_unique<bus::Client>(options);
    client_->subscribe("rpc-replies/experience-gateway-raw", 0, [this](const bus::Message& message) {
      const std::lock_guard lock(mutex_);
      replies_.push_back(Json::parse(message.payload));
    });
    client_->start();
    REQUIRE(client_->wait_connected(std::chrono::seconds(5)));
  }
  ~RawCaller() { client_->stop(); }
  void send(const std::string& method, const Json& request) { send(method, request, core::random_hex(12)); }
  // As the caller sends it again: with the same correlation data.
  void send(const std::string& method, const Json& request, const std::string& correlation) {
    bus::Publication publication;
    publication.topic = "rpc/registry/" + method;
    publication.payload = request.dump();
    publication.qos = 0;
    publication.response_topic = "rpc-replies/experience-gateway-raw";
    publication.correlation_data = correlation;
    publication.expiry = std::chrono::seconds(60);
    client_->publish(publication);
  }
  std::vector<Json> replies() {
    const std::lock_guard lock(mutex_);
    return replies_;
  }

 private:
  std::unique_ptr<bus::Client> client_;
  std::mutex mutex_;
  std::vector<Json> replies_;
};

}  // namespace turnkey::registry::tests
