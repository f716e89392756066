// SPDX-License-Identifier: Apache-2.0
// A server with TLS, with good and with bad certificates.
#pragma once

#include <httplib.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>
#include <thread>

#include "http/client.hpp"
#include "testing/process.hpp"

namespace turnkey::http::tests {

// Certificates of two authorities: one that the tests trust, with a good certificate and one that is over.
class Certificates {
 public:
  Certificates() {
    make(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=ours -keyout "
        "ca.key -out ca.crt");
    make(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=other "
        "-keyout other.key -out other.crt");
    issue("good", "IP:127.0.0.1,DNS:localhost", "-days 2");
    issue("elsewhere", "DNS:turnkey.example", "-days 2");
    issue("over", "IP:127.0.0.1", "-days -1");
  }
  std::string path(const std::string& name) const { return folder_.path() + "/" + name; }

 private:
  void issue(const std::string& name, const std::string& names, const std::string& days) {
    make("openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=" + name + " -keyout " +
         name + ".key -out " + name + ".csr && printf 'subjectAltName=" + names + "' > " + name +
         ".ext && openssl x509 -req -in " + name + ".csr -CA ca.crt -CAkey ca.key -CAcreateserial " + days +
         " -extfile " + name + ".ext -out " + name + ".crt");
  }
  void make(const std::string& command) {
    REQUIRE(std::system(("cd " + folder_.path() + " && (" + command + ") 2>/dev/null").c_str()) == 0);
  }
  testing::TemporaryFolder folder_;
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
