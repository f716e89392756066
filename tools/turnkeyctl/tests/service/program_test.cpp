// SPDX-License-Identifier: Apache-2.0
// The program itself: what a terminal shows of a password, how much memory a large import takes, what the
// shells complete.
#include <fcntl.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "service/raw_server.hpp"
#include "service/stage.hpp"
#include "testing/eventually.hpp"

using namespace turnkey;
using namespace turnkey::ctl;
using namespace turnkey::ctl::testing;
using turnkey::testing::Child;

namespace {

constexpr int kRows = 100'000;
constexpr long kMostMemory_KiB = 40 * 1024;

std::string program() {
  const char* path = std::getenv("TURNKEYCTL");
  REQUIRE(path != nullptr);
  return path;
}

// The most memory that it had; read as long as it runs.
long peak_KiB(int pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
  }
  return 0;
}

// 100,000 rows in pieces; waits before the last one until `ready`.
void write_credentials(const RawServer::Write& write, const std::function<void()>& before_last) {
  const std::string row = "GEN-000000,5f0c9a1b2c3d4e5f60718293,0d9c7e52-6a0f-4f3b-9a3e-0123456789ab," +
                          kSecret + ",https://turnkey.example/d/GEN-000000\n";
  std::string piece;
  for (int i = 0; i < 1000; ++i) piece += row;
  write("HTTP/1.1 201 Created\r\nX-Batch-Id: b1\r\nContent-Length: " +
        std::to_string(piece.size() * static_cast<std::size_t>(kRows / 1000)) + "\r\n\r\n");
  for (int i = 0; i < kRows / 1000; ++i) {
    if (i + 1 == kRows / 1000) before_last();
    if (!write(piece)) return;
  }
}

struct Shown {
  int exit = -1;
  std::string text;
};

// Runs it on a terminal of its own and answers its prompt.
Shown on_terminal(const std::vector<std::string>& arguments, const std::string& folder,
                  const std::string& typed) {
  int terminal = -1;
  const pid_t pid = forkpty(&terminal, nullptr, nullptr, nullptr);
  if (pid == 0) {
    setenv("XDG_CONFIG_HOME", folder.c_str(), 1);
    std::vector<char*> raw;
    for (const auto& argument : arguments) raw.push_back(const_cast<char*>(argument.c_str()));
    raw.push_back(nullptr);
    execv(raw[0], raw.data());
    _exit(127);
  }
  Shown shown;
  bool answered = false;
  std::array<char, 4096> piece{};
  for (;;) {
    const auto got = read(terminal, piece.data(), piece.size());
    if (got <= 0) break;
    shown.text.append(piece.data(), static_cast<std::size_t>(got));
    if (!answered && shown.text.find("Password: ") != std::string::npos) {
      answered = write(terminal, typed.data(), typed.size()) > 0;
    }
  }
  int status = 0;
  waitpid(pid, &status, 0);
  close(terminal);
  shown.exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return shown;
}

std::string output_of(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string text;
  std::array<char, 4096> piece{};
  for (std::size_t got = 0; (got = fread(piece.data(), 1, piece.size(), pipe)) > 0;)
    text.append(piece.data(), got);
  pclose(pipe);
  return text;
}

std::string bash_completes(const std::string& script, const std::string& words) {
  return output_of("bash -c 'source " + script + "; COMP_WORDS=(" + words +
                   "); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _turnkeyctl; echo \"${COMPREPLY[*]}\"'");
}

// What the script would offer, without the line editor around it.
std::string zsh_completes(const std::string& script, const std::string& words) {
  return output_of(
      "zsh -f -c 'compdef() {}; _describe() { print -r -- ${(P)2}; }; compadd() { shift; print -r -- $*; }; "
      "_files() { print FILES; }; source " +
      script + "; words=(" + words + "); CURRENT=$#words; _turnkeyctl'");
}

}  // namespace

TEST_CASE("a password is asked on the terminal and not shown while it is typed") {
  Gateway gateway;
  gateway.on("POST", "/api/session", [](const http::Request&) -> core::Result<http::Response> {
    return problem_answer(401, "unauthorized", "No.");
  });
  gateway.start();
  turnkey::testing::TemporaryFolder folder;
  const auto shown = on_terminal({program(), "login", gateway.url(), "--email", "kim@t.example"},
                                 folder.path(), "typed-in-the-dark\n");
  CHECK(shown.exit == 5);
  CHECK(shown.text.find("typed-in-the-dark") == std::string::npos);
  REQUIRE(gateway.requests().size() == 1);
  CHECK(Json::parse(gateway.last().body)["password"] == "typed-in-the-dark");
}

TEST_CASE("an import of 100,000 rows takes little memory, up and down") {
  std::atomic<int> pid{0};
  std::atomic<long> peak{0};
  RawServer server([&](const RawRequest& request, const RawServer::Write& write) {
    if (request.is("GET ")) {
      write(raw_answer("200 OK", R"({"phase":"writing","rows":100000,"done":5})"));
    } else if (request.head.find("dryRun=true") != std::string::npos) {
      write(raw_answer("200 OK",
                       R"({"plan":{"rows":100000,"create":100000,"unchanged":0,"provisioned":0,"bad":0}})"));
    } else {
      write_credentials(write, [&] { peak = peak_KiB(pid); });
    }
  });
  Player player;
  player.sign_in(server.url());
  std::string csv = "serial,site,floor\n";
  for (int i = 0; i < kRows; ++i)
    csv += "GEN-" + std::to_string(100'000 + i) + ",A site with a longer name,9\n";
  write_file(player.file("serials.csv"), csv);
  Child child({program(), "devices", "import", player.file("serials.csv"), "--recipe",
               "abababababababababababab", "--yes", "--output", player.file("out.csv")},
              player.file("log"), {{"XDG_CONFIG_HOME", player.file("config")}});
  pid = child.pid();
  CHECK(child.wait() == 0);
  const std::string credentials = content_of(player.file("out.csv"));
  CHECK(std::count(credentials.begin(), credentials.end(), '\n') == kRows);
  CHECK(mode_of(player.file("out.csv")) == 0600);
  INFO("peak " << peak << " KiB");
  CHECK(peak > 1024);
  if (turnkey::testing::kMemoryIsItsOwn) CHECK(peak < kMostMemory_KiB);
  WARN("an import of 100,000 rows took " << peak / 1024 << " MiB at most");
  for (const auto& request : server.requests()) {
    if (request.is("POST ")) CHECK(request.body_bytes == csv.size());
  }
}

TEST_CASE("bash completes commands, options, what options may be, and files") {
  turnkey::testing::TemporaryFolder folder;
  const std::string script = folder.path() + "/completion";
  REQUIRE(std::system((program() + " completion bash > " + script).c_str()) == 0);
  CHECK(bash_completes(script, "turnkeyctl dev") == "devices\n");
  CHECK(bash_completes(script, "turnkeyctl devices cred") == "credentials\n");
  CHECK(bash_completes(script, "turnkeyctl devices credentials re") == "revoke\n");
  CHECK(bash_completes(script, "turnkeyctl devices list --sta") == "--state\n");
  CHECK(bash_completes(script, "turnkeyctl devices list --state \"\"") == "connected disconnected\n");
  CHECK(bash_completes(script, "turnkeyctl devices list --caf") == "--cafile\n");
  CHECK(bash_completes(script, "turnkeyctl batches labels x --format z") == "zpl\n");
  write_file(folder.path() + "/serials.csv", "x");
  CHECK(bash_completes(script, "turnkeyctl devices import " + folder.path() + "/ser") ==
        folder.path() + "/serials.csv\n");
}

TEST_CASE("zsh completes commands, options, what options may be, and files") {
  turnkey::testing::TemporaryFolder folder;
  const std::string script = folder.path() + "/_turnkeyctl";
  REQUIRE(std::system((program() + " completion zsh > " + script).c_str()) == 0);
  CHECK(zsh_completes(script, "turnkeyctl \"\"").find("devices:devices: list, import") != std::string::npos);
  CHECK(zsh_completes(script, "turnkeyctl devices \"\"").find("undo-release:") != std::string::npos);
  CHECK(zsh_completes(script, "turnkeyctl devices list --s").find("--state:connected or disconnected") !=
        std::string::npos);
  CHECK(zsh_completes(script, "turnkeyctl batches labels x --format \"\"") == "pdf svg zpl\n");
  CHECK(zsh_completes(script, "turnkeyctl devices import \"\"") == "FILES\n");
}
