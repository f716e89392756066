// SPDX-License-Identifier: Apache-2.0
// What a client accepts of a broker (certificates), and a broker of a client (passwords).
#include <spdlog/sinks/ringbuffer_sink.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <memory>

#include "bus/client.hpp"
#include "testing/eventually.hpp"
#include "testing/process.hpp"

using namespace turnkey;
using namespace std::chrono_literals;
using testing::eventually;

namespace {

void run(const testing::TemporaryFolder& folder, const std::string& script) {
  testing::Child child({"sh", "-ec", "cd " + folder.path() + "; " + script}, folder.path() + "/sh.log");
  REQUIRE(child.wait() == 0);
}

// A broker with TLS for `subject_name` (of a CA made for it) and one user, "registry" with "right".
struct StrictBroker {
  explicit StrictBroker(const std::string& subject_name) {
    const std::string key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    for (const std::string ca : {"ca", "other-ca"}) {
      run(folder, "openssl req -x509 " + key + " -days 2 -subj /CN=" + ca + " -keyout " + ca + ".key -out " +
                      ca + ".crt -addext basicConstraints=critical,CA:TRUE");
    }
    run(folder, "openssl req -new " + key +
                    " -subj /CN=x -keyout server.key -out server.csr; echo subjectAltName=" + subject_name +
                    " >ext; openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days "
                    "2 -extfile ext "
                    "-out server.crt; touch passwords; mosquitto_passwd -b passwords registry right");
    std::ofstream(folder.path() + "/conf")
        << "per_listener_settings false\nallow_anonymous false\npassword_file " << folder.path()
        << "/passwords\nuser root\nlistener " << tls_port << " 127.0.0.1\ncertfile " << folder.path()
        << "/server.crt\nkeyfile " << folder.path() << "/server.key\nlistener " << plain_port
        << " 127.0.0.1\n";
    broker = std::make_unique<testing::Child>(
        std::vector<std::string>{"mosquitto", "-c", folder.path() + "/conf"}, folder.path() + "/log");
  }
  bus::Options client(bool tls, const std::string& ca) const {
    bus::Options options;
    options.port = tls ? tls_port : plain_port;
    options.tls = tls;
    if (!ca.empty()) options.ca_file = folder.path() + "/" + ca;
    options.client_id = "registry-1";
    options.user_name = "registry";
    options.password = "right";
    return options;
  }
  testing::TemporaryFolder folder;
  const int tls_port = testing::free_port();
  const int plain_port = testing::free_port();
  std::unique_ptr<testing::Child> broker;
};

// Keeps what the library logs, while it lives.
class Logged {
 public:
  Logged() : kept_(spdlog::default_logger()) {
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", sink_));
  }
  ~Logged() { spdlog::set_default_logger(kept_); }
  bool has(const std::string& text) const {
    for (const auto& line : sink_->last_formatted()) {
      if (line.find(text) != std::string::npos) return true;
    }
    return false;
  }

 private:
  std::shared_ptr<spdlog::sinks::ringbuffer_sink_mt> sink_ =
      std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(100);
  std::shared_ptr<spdlog::logger> kept_;
};

// "" when it connects, else what was logged of `reasons`.
std::string outcome(const bus::Options& options, const std::vector<std::string>& reasons) {
  const Logged logged;
  std::string seen = "neither connected nor refused";
  bus::Client client(options);
  client.start();
  eventually([&] {
    if (client.connected()) seen.clear();
    for (const auto& reason : reasons) {
      if (logged.has(reason)) seen = reason;
    }
    return client.connected() || seen.front() != 'n';
  });
  return seen;
}

constexpr const char* kUntrusted = "certificate verify failed";
constexpr const char* kTlsFailure = "TLS connect failure";

}  // namespace

TEST_CASE("S19: over TLS a client talks to the broker of its CA, and to no other") {
  const StrictBroker broker("IP:127.0.0.1");
  {
    bus::Client client(broker.client(true, "ca.crt"));
    std::atomic<int> large{0};
    std::atomic<int> small{0};
    client.subscribe(
        "a", 1, [&](const bus::Message& message) { ++(message.payload.size() == 150'000 ? large : small); });
    client.start();
    REQUIRE(client.wait_connected(10s));
    bus::Publication publication;
    publication.topic = "a";
    publication.payload = std::string(150'000, 'x');
    CHECK(client.publish_and_wait(publication, 5s));
    CHECK(eventually([&] { return large == 1; }));
    publication.payload = "x";
    const auto began = std::chrono::steady_clock::now();
    for (int i = 1; i <= 50; ++i) {
      REQUIRE(client.publish_and_wait(publication, 5s));
      REQUIRE(eventually([&] { return small == i; }));
    }
    CHECK(std::chrono::steady_clock::now() - began < 1s);  // Nagle's algorithm is off here too
  }
  CHECK(outcome(broker.client(true, "other-ca.crt"), {kUntrusted}) == kUntrusted);
  CHECK(outcome(broker.client(true, ""), {kUntrusted}) == kUntrusted);
  CHECK(outcome(broker.client(true, "missing.crt"), {kTlsFailure, "TLS: "}) != "");
  CHECK(outcome(broker.client(true, "ca.crt"), {kUntrusted}) == "");
}

TEST_CASE("S19: a certificate of the right CA for another host is refused") {
  const StrictBroker broker("DNS:broker.example.org");
  REQUIRE(outcome(broker.client(false, ""), {}) == "");
  CHECK(outcome(broker.client(true, "ca.crt"), {kTlsFailure}) == kTlsFailure);
}

TEST_CASE("a client whose password is wrong tries again and is in once the broker knows it") {
  StrictBroker broker("IP:127.0.0.1");
  REQUIRE(outcome(broker.client(false, ""), {}) == "");
  for (const int protocol : {4, 5}) {
    auto options = broker.client(false, "");
    options.protocol = protocol;
    options.client_id += protocol == 4 ? "-old" : "-new";
    const std::string password = "new" + std::to_string(protocol);
    options.password = password;
    const Logged logged;
    bus::Client client(options);
    client.start();
    CHECK(eventually([&] { return logged.has("the broker refused: "); }));
    CHECK_FALSE(client.connected());
    run(broker.folder, "mosquitto_passwd -b passwords registry " + password);
    broker.broker->signal(SIGHUP);  // reads its passwords again
    CHECK(client.wait_connected(15s));
  }
}

TEST_CASE("while its password is rotated a client is in with the older or the newer, and without a pause") {
  StrictBroker broker("IP:127.0.0.1");
  REQUIRE(outcome(broker.client(false, ""), {}) == "");
  const std::string file = broker.folder.path() + "/password";
  auto options = broker.client(false, "");
  options.password = core::Secret::in_file(file);
  options.reconnect_min = options.reconnect_max =
      60s;  // who is refused once does not come again in this test
  std::ofstream(file) << "right\nnewer\n";
  {
    bus::Client client(options);
    client.start();
    REQUIRE(client.wait_connected(10s));
  }
  run(broker.folder, "mosquitto_passwd -b passwords registry newer");
  broker.broker->signal(SIGHUP);
  auto newer = options;
  newer.password = "newer";
  REQUIRE(eventually([&] {
    auto trial = newer;
    trial.client_id = "trial";
    bus::Client client(trial);
    client.start();
    return client.wait_connected(500ms);
  }));
  bus::Client client(options);
  client.start();
  CHECK(client.wait_connected(10s));
  std::ofstream(file) << "newer\n";
  client.cut();
  CHECK(outcome(broker.client(false, ""), {"the broker refused: "}) == "the broker refused: ");
}
