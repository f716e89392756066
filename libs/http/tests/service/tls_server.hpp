// SPDX-License-Identifier: Apache-2.0
// A server with TLS, with good and with bad certificates.
#pragma once

#include <httplib.h>

#include <atomic>
#include <string>
#include <thread>

#include "http/client.hpp"
#include "testing/authority.hpp"

namespace turnkey::http::tests {

// Certificates of two authorities: one that the tests trust, with a good certificate and one that is over.
struct Certificates {
  Certificates() {
    ours.issue("good", "IP:127.0.0.1,DNS:localhost");
    ours.issue("elsewhere", "DNS:turnkey.example");
    ours.issue("over", "IP:127.0.0.1", -1);
  }
  std::string path(const std::string& file) const {
    return file == "other.crt" ? other.path("ca.crt") : ours.path(file);
  }

  testing::Authority ours{"ours"};
  testing::Authority other{"other"};
};

inline const Certificates& certificates() {
  static const Certificates all;
  return all;
}

class TlsServer {
 public:
  explicit TlsServer(const std::string& name)
      : server_(certificates().path(name + ".crt").c_str(), certificates().path(name + ".key").c_str()) {
    server_.Get("/", [this](const httplib::Request&, httplib::Response& response) {
      ++asked;
      response.set_content("hello", "text/plain");
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    server_.is_running();
  }
  ~TlsServer() {
    while (!server_.is_running()) std::this_thread::yield();
    server_.stop();
    thread_.join();
  }
  core::Result<http::Answer> asked_with(const std::string& authority,
                                        const std::string& host = "127.0.0.1") const {
    http::Client client({true, host, port_}, certificates().path(authority));
    return client.send({});
  }
  int port() const { return port_; }
  std::atomic<int> asked{0};

 private:
  httplib::SSLServer server_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace turnkey::http::tests
