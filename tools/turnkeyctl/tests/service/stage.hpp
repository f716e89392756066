// SPDX-License-Identifier: Apache-2.0
// The whole program in a folder of its own, before a gateway that plays what a test tells it and remembers
// what it was asked.
#pragma once

#include <sys/stat.h>

#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "app.hpp"
#include "contracts/json.hpp"
#include "http/server.hpp"
#include "testing/fake_clock.hpp"
#include "testing/process.hpp"

namespace turnkey::ctl::testing {

using turnkey::testing::TemporaryFolder;

inline const std::string kToken = "tk_" + std::string(64, 'a');
inline const std::string kSecret = std::string(64, '5');  // what must not be shown

struct Played {
  int exit = -1;
  std::string out;
  std::string err;
  bool shows(const std::string& text) const {
    return out.find(text) != std::string::npos || err.find(text) != std::string::npos;
  }
};

inline std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

inline void write_file(const std::string& path, const std::string& text, mode_t mode = 0600) {
  std::ofstream(path, std::ios::binary) << text;
  chmod(path.c_str(), mode);
}

inline int mode_of(const std::string& path) {
  struct stat about {};
  return stat(path.c_str(), &about) == 0 ? static_cast<int>(about.st_mode & 0777U) : -1;
}

inline bool exists(const std::string& path) { return mode_of(path) >= 0; }

// Runs commands; `url` is where the gateway is.
class Player {
  TemporaryFolder folder_;  // before what is in it

 public:
  std::string file(const std::string& name) const { return folder_.path() + "/" + name; }
  std::string account_file() const { return file("config/turnkey/credentials.json"); }
  std::map<std::string, std::string> environment{{"XDG_CONFIG_HOME", file("config")}};
  std::string input;
  std::string password = "correct horse";
  bool terminal = false;  // of all three streams
  std::vector<std::chrono::milliseconds> slept{};
  turnkey::testing::FakeClock clock;

  Played play(const std::vector<std::string>& arguments) {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    World world{in, out, err, clock};
    world.in_is_terminal = world.out_is_terminal = world.err_is_terminal = terminal;
    world.environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto it = environment.find(name);
      return it == environment.end() ? std::nullopt : std::optional(it->second);
    };
    world.read_secret = [this](const std::string&) -> Outcome<std::string> { return password; };
    world.sleep = [this](std::chrono::milliseconds pause) { slept.push_back(pause); };
    const int exit = run(arguments, world);
    return {exit, out.str(), err.str()};
  }

  // As if `login` had been there.
  void sign_in(const std::string& url) {
    mkdir(file("config").c_str(), 0700);
    mkdir(file("config/turnkey").c_str(), 0700);
    write_file(account_file(),
               Json{{"url", url}, {"cafile", ""}, {"token", kToken}, {"tokenId", "5f0c9a1b2c3d4e5f60718293"}}
                   .dump());
  }
};

// A gateway whose answers a test sets.
class Gateway {
 public:
  Gateway() : server_(options()) {}
  ~Gateway() { server_.stop(); }
  void on(const std::string& method, const std::string& pattern, http::Handler handler) {
    server_.route(
        method, pattern,
        [this, handler = std::move(handler)](const http::Request& request) {
          {
            const std::lock_guard lock(mutex_);
            requests_.push_back(request);
          }
          return handler(request);
        },
        std::size_t{64} * 1024 * 1024);
  }
  void answer(const std::string& method, const std::string& pattern, const Json& body, int status = 200) {
    on(method, pattern, [body, status](const http::Request&) -> core::Result<http::Response> {
      return status == 204 ? http::empty_response() : http::json_response(body, status);
    });
  }
  void start() { server_.start(); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  std::vector<http::Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  // "GET /api/session" in their order.
  std::vector<std::string> asked() const {
    std::vector<std::string> lines;
    for (const auto& request : requests()) lines.push_back(request.method + " " + request.path);
    return lines;
  }
  http::Request last() const { return requests().back(); }

 private:
  static http::ServerOptions options() {
    http::ServerOptions options;
    options.threads = 4;
    return options;
  }
  mutable std::mutex mutex_;
  std::vector<http::Request> requests_;
  http::Server server_;
};

inline http::Response problem_answer(int status, const std::string& code, const std::string& detail) {
  return {status,
          Json{{"type", "urn:turnkey:problem:" + code},
               {"title", "A title"},
               {"status", status},
               {"detail", detail},
               {"code", code}}
              .dump(),
          "application/problem+json",
          {}};
}

}  // namespace turnkey::ctl::testing
