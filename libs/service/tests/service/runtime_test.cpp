// SPDX-License-Identifier: Apache-2.0
#include "service/runtime.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <thread>

#include "service/config.hpp"
#include "testing/eventually.hpp"

using namespace turnkey;
using testing::eventually;

namespace {

// The whole answer to one GET.
std::string get(int port, const std::string& path) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  const std::string request = "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  REQUIRE(send(fd, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size()));
  std::string answer;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = recv(fd, buffer.data(), buffer.size(), 0)) > 0;)
    answer.append(buffer.data(), static_cast<std::size_t>(got));
  close(fd);
  return answer;
}

// run_until_signal in a thread of its own; signals go to that thread alone.
class Running {
 public:
  explicit Running(std::function<std::shared_ptr<void>()> make) {
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, nullptr);
    thread_ =
        std::thread([this, make = std::move(make)] { code_ = service::run_until_signal("test", make); });
  }
  ~Running() {
    if (thread_.joinable()) thread_.join();
  }
  void signal(int number) { pthread_kill(thread_.native_handle(), number); }
  int code() {
    thread_.join();
    return code_;
  }

 private:
  std::atomic<int> code_{-1};
  std::thread thread_;
};

}  // namespace

TEST_CASE("the internal port tells of life, readiness by part, and metrics") {
  service::Metrics metrics;
  metrics.count("turnkey_things_total", "Things.");
  std::atomic<bool> database{false};
  service::InternalPort port("127.0.0.1", 0, metrics);
  port.readiness("broker", [] { return ""; });
  port.readiness("database",
                 [&] { return database ? std::string() : std::string("PostgreSQL does not answer."); });
  port.readiness("spool", [&]() -> std::string {
    if (!database) throw std::runtime_error("a secret path");
    return "";
  });
  port.start();
  CHECK_THAT(get(port.port(), "/healthz"), Catch::StartsWith("HTTP/1.1 200"));
  const std::string down = get(port.port(), "/readyz");
  CHECK_THAT(down, Catch::StartsWith("HTTP/1.1 503") && Catch::Contains("PostgreSQL does not answer.") &&
                       Catch::Contains("spool") && !Catch::Contains("broker") &&
                       !Catch::Contains("a secret path"));
  database = true;
  CHECK_THAT(get(port.port(), "/readyz"), Catch::StartsWith("HTTP/1.1 200"));
  CHECK_THAT(get(port.port(), "/metrics"), Catch::StartsWith("HTTP/1.1 200") &&
                                               Catch::Contains("text/plain") &&
                                               Catch::Contains("turnkey_things_total 1"));
  CHECK_THAT(get(port.port(), "/else"), Catch::StartsWith("HTTP/1.1 404"));
  port.stop();
  port.stop();
}

TEST_CASE("SIGTERM and SIGINT end a service: its App is destroyed and the exit code is 0") {
  for (const int number : {SIGTERM, SIGINT}) {
    std::atomic<bool> made{false};
    std::atomic<bool> ended{false};
    Running running([&] {
      made = true;
      return std::shared_ptr<void>(static_cast<void*>(&made), [&](void*) { ended = true; });
    });
    REQUIRE(eventually([&] { return made.load(); }));
    CHECK_FALSE(ended);
    running.signal(number);
    CHECK(running.code() == 0);
    CHECK(ended);
  }
}

TEST_CASE("wrong settings end with 78, any other trouble at the start with 70") {
  Running wrong([]() -> std::shared_ptr<void> { throw service::ConfigError("PORT is wrong.\n"); });
  CHECK(wrong.code() == 78);
  Running broken([]() -> std::shared_ptr<void> { throw std::runtime_error("no"); });
  CHECK(broken.code() == 70);
}
