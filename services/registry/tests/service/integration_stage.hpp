// SPDX-License-Identifier: Apache-2.0
// Integrations that listen: on their topic as the client that they are, and as a receiver of webhooks.
#pragma once

#include <httplib.h>

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "service/consent_stage.hpp"

namespace turnkey::registry::tests {

inline const Json kAllEvents = {"device.registered", "device.provisioned",  "device.released",
                                "device.connected",  "device.disconnected", "device.faulted"};

struct MadeIntegration {
  Json reply;
  std::string id() const { return reply["integration"]["id"]; }
  std::string secret() const { return reply["webhookSecret"]; }
  broker::tests::Identity identity() const {
    return {reply["mqtt"]["clientId"], reply["mqtt"]["user"], reply["mqtt"]["password"], 5, {}};
  }
};

inline MadeIntegration integrate(const std::string& actor, const Json& group, Json more = Json::object()) {
  Json request = {{"name", "Maintenance " + core::random_hex(3)}, {"groupId", group}, {"events", kAllEvents}};
  request.update(more);
  return {system().must("create_integration", System::as(actor, request))};
}

class Listener {
 public:
  explicit Listener(const MadeIntegration& integration) : topic_(integration.reply["mqtt"]["topic"]) {
    // The broker hears of the key a moment after its maker does.
    REQUIRE(eventually([&] {
      client_ = system().broker->connect(integration.identity());
      return client_->connack() == 0;
    }));
    REQUIRE(client_->subscribe(topic_) == 1);
  }
  // Events of this device, oldest first; all are of the one topic.
  std::vector<Json> about(const std::string& serial) const {
    std::vector<Json> events;
    for (const auto& message : client_->received()) {
      CHECK(message.topic == topic_);
      Json event = Json::parse(message.payload);
      if (event["device"]["serial"] == serial) events.push_back(std::move(event));
    }
    return events;
  }
  std::vector<std::string> types(const std::string& serial) const {
    std::vector<std::string> all;
    for (const auto& event : about(serial)) all.push_back(event["type"]);
    return all;
  }
  bool hears(const std::string& serial, const std::vector<std::string>& wanted) const {
    return eventually([&] { return types(serial) == wanted; }, std::chrono::seconds(10));
  }
  bool alive() const { return client_->alive(); }

 private:
  std::string topic_;
  std::unique_ptr<broker::tests::MqttClient> client_;
};

// Answers with one status until it is told another.
class Receiver {
 public:
  struct Request {
    std::string id, timestamp, signature, body;
  };
  Receiver() {
    server_.Post("/hook", [this](const httplib::Request& request, httplib::Response& response) {
      const std::lock_guard lock(mutex_);
      requests_.push_back({request.get_header_value("webhook-id"),
                           request.get_header_value("webhook-timestamp"),
                           request.get_header_value("webhook-signature"), request.body});
      response.status = status_;
      if (status_ == 302) response.set_header("Location", "/elsewhere");
    });
    server_.Post("/elsewhere", [this](const httplib::Request&, httplib::Response&) { ++elsewhere_; });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
  }
  ~Receiver() {
    server_.stop();
    thread_.join();
  }
  std::string url() const { return "http://localhost:" + std::to_string(port_) + "/hook"; }
  void answer(int status) {
    const std::lock_guard lock(mutex_);
    status_ = status;
  }
  std::vector<Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  int elsewhere() const { return elsewhere_; }

 private:
  httplib::Server server_;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  int status_ = 204;
  std::atomic<int> elsewhere_{0};
  std::thread thread_;
};

}  // namespace turnkey::registry::tests
