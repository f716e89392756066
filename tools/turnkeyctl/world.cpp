// SPDX-License-Identifier: Apache-2.0
#include "world.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <thread>

namespace turnkey::ctl {
namespace {

constexpr std::size_t kLongestSecret = 4096;  // bytes

// The terminal itself, not standard input: a password may be asked while input is a file.
class QuietTerminal {
 public:
  QuietTerminal() : fd_(open("/dev/tty", O_RDWR | O_CLOEXEC)) {
    if (fd_ < 0 || tcgetattr(fd_, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    quiet.c_lflag |= ICANON | ISIG;
    ready_ = tcsetattr(fd_, TCSAFLUSH, &quiet) == 0;
  }
  ~QuietTerminal() {
    if (ready_) tcsetattr(fd_, TCSAFLUSH, &before_);
    if (fd_ >= 0) close(fd_);
  }
  QuietTerminal(const QuietTerminal&) = delete;
  QuietTerminal& operator=(const QuietTerminal&) = delete;
  bool ready() const { return ready_; }
  void write(const std::string& text) const {
    if (::write(fd_, text.data(), text.size()) < 0) return;  // the prompt is a courtesy
  }
  std::string line() const {
    std::string text;
    char c = '\0';
    while (text.size() < kLongestSecret && read(fd_, &c, 1) == 1 && c != '\n') text.push_back(c);
    return text;
  }

 private:
  int fd_;
  termios before_{};
  bool ready_ = false;
};

Outcome<std::string> read_secret(const std::string& prompt) {
  const QuietTerminal terminal;
  if (!terminal.ready()) return usage("There is no terminal to ask for the password: use --password-file.");
  terminal.write(prompt);
  std::string secret = terminal.line();
  terminal.write("\n");
  return secret;
}

std::size_t terminal_columns() {
  winsize size{};
  if (isatty(STDOUT_FILENO) != 1 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

const core::SystemClock& system_clock() {
  static const core::SystemClock clock;
  return clock;
}

}  // namespace

World real_world() {
  World world{std::cin, std::cout, std::cerr, system_clock()};
  world.in_is_terminal = isatty(STDIN_FILENO) == 1;
  world.out_is_terminal = isatty(STDOUT_FILENO) == 1;
  world.err_is_terminal = isatty(STDERR_FILENO) == 1;
  world.columns = terminal_columns();
  world.environment = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
  };
  world.read_secret = read_secret;
  world.sleep = [](std::chrono::milliseconds pause) { std::this_thread::sleep_for(pause); };
  return world;
}

}  // namespace turnkey::ctl
