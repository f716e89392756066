// SPDX-License-Identifier: Apache-2.0
#include "service/log.hpp"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <thread>

#include "core/correlation.hpp"
#include "testing/process.hpp"

using namespace turnkey;
using nlohmann::json;

namespace {

// What goes to standard error while it lives.
class Captured {
 public:
  Captured() : kept_(dup(STDERR_FILENO)) {
    const int file = open(path().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    dup2(file, STDERR_FILENO);
    close(file);
  }
  ~Captured() {
    dup2(kept_, STDERR_FILENO);
    close(kept_);
  }
  std::vector<json> lines() const {
    std::vector<json> out;
    std::ifstream in(path());
    for (std::string line; std::getline(in, line);) out.push_back(json::parse(line));
    return out;
  }

 private:
  std::string path() const { return folder_.path() + "/err"; }
  testing::TemporaryFolder folder_;
  const int kept_;
};

}  // namespace

TEST_CASE("a line of log is one JSON object with time, level, service, event and fields") {
  const Captured captured;
  service::init_log("registry", "info");
  service::log_info("device assigned", {{"serial", "GEN-1\n"}, {"count", 3}});
  service::log_debug("not shown");
  const auto lines = captured.lines();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0]["time"].get<std::string>().size() == 24);
  CHECK(lines[0]["level"] == "info");
  CHECK(lines[0]["service"] == "registry");
  CHECK(lines[0]["event"] == "device assigned");
  CHECK(lines[0]["serial"] == "GEN-1\n");
  CHECK(lines[0]["count"] == 3);
  CHECK_FALSE(lines[0].contains("correlation_id"));
}

TEST_CASE("S2: secrets, passwords and tokens are never logged, whatever their case and depth") {
  const Captured captured;
  service::init_log("registry", "info");
  service::log_warning(
      "refused",
      {{"accessSecret", "s3cr3t"},
       {"request", {{"user", "a"}, {"Password", "s3cr3t"}, {"list", {{{"sessionToken", "s3cr3t"}}}}}}});
  spdlog::warn("{}", json{{"event", "of a library"}, {"api_token", "s3cr3t"}}.dump());
  const auto lines = captured.lines();
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].dump().find("s3cr3t") == std::string::npos);
  CHECK(lines[0]["request"]["user"] == "a");
  CHECK(lines[0]["accessSecret"] == "***");
  CHECK(lines[1].dump().find("s3cr3t") == std::string::npos);
}

TEST_CASE("the thread's correlation id is in every line, of libraries too, and in no other thread's") {
  const Captured captured;
  service::init_log("registry", "info");
  {
    const core::CorrelationScope outer("outer-1");
    service::log_info("first");
    {
      const core::CorrelationScope inner("inner-2");
      spdlog::info("second, of a library");
    }
    std::thread([] { service::log_info("third, of another thread"); }).join();
    service::log_info("fourth");
  }
  service::log_info("fifth");
  const auto lines = captured.lines();
  REQUIRE(lines.size() == 5);
  CHECK(lines[0]["correlation_id"] == "outer-1");
  CHECK(lines[1]["correlation_id"] == "inner-2");
  CHECK(lines[1]["event"] == "second, of a library");
  CHECK_FALSE(lines[2].contains("correlation_id"));
  CHECK(lines[3]["correlation_id"] == "outer-1");
  CHECK_FALSE(lines[4].contains("correlation_id"));
}

TEST_CASE("fields cannot take the place of what the log says itself, and broken text does not break a line") {
  const Captured captured;
  service::init_log("registry", "info");
  service::log_info("true event", {{"service", "other"}, {"text", "\xff\xfe"}});
  spdlog::info("{}", "{not json");
  spdlog::info("{}", "{\"no\":\"event\"}");
  const auto lines = captured.lines();
  REQUIRE(lines.size() == 3);
  CHECK(lines[0]["service"] == "registry");
  CHECK(lines[0]["event"] == "true event");
  CHECK(lines[1]["event"] == "{not json");
  CHECK(lines[2]["event"] == "{\"no\":\"event\"}");
}
