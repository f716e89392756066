// SPDX-License-Identifier: Apache-2.0
#include "terminal.hpp"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <iostream>
#include <string>
#include <thread>

namespace turnkey::simulator {
namespace {

class Terminal {
 public:
  Terminal(Device& device, std::shared_ptr<void> owner) : owner_(std::move(owner)), device_(device) {
    std::cout << "Enter presses the button, a number presses it that often, s shows the state, q ends.\n"
              << std::flush;
    reader_ = std::thread([this] { loop(); });
  }
  ~Terminal() {
    stopping_ = true;
    reader_.join();
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

 private:
  void loop() {
    std::string line;
    int flash = 0;
    while (!stopping_) {
      pollfd input{STDIN_FILENO, POLLIN, 0};
      const int ready = poll(&input, 1, 100);
      show_led(flash);
      if (ready <= 0) continue;
      char c = '\0';
      if (read(STDIN_FILENO, &c, 1) != 1) return;  // the terminal is gone; the page still works
      if (c != '\n') {
        line.push_back(c);
      } else {
        obey(line);
        line.clear();
      }
    }
  }

  // A line a flash, so that they can be counted afterwards too.
  void show_led(int& flash) {
    const Shown shown = device_.shown();
    const int now = shown.led ? shown.flash : 0;
    if (now == flash) return;
    if (now == 1) std::cout << "The light blinks:\n";
    std::cout << (now > 0 ? "LED: (*)\n" : "LED: ( )\n") << std::flush;
    flash = now;
  }

  void obey(const std::string& line) {
    if (line == "q") {
      kill(getpid(), SIGTERM);
    } else if (line == "s") {
      const Shown shown = device_.shown();
      std::cout << (shown.connected ? "connected" : "not connected") << ", "
                << (shown.running ? "running" : "stopped") << ", " << shown.reports << " reports\n"
                << std::flush;
    } else {
      int times = 1;
      if (!line.empty()) std::from_chars(line.data(), line.data() + line.size(), times);
      const bool sent = times >= 1 && times <= 20 && device_.press(times);
      std::cout << (sent ? "pressed\n"
                         : "not sent: the device is not connected, or the number is not 1 to 20\n")
                << std::flush;
    }
  }

  std::shared_ptr<void> owner_;
  Device& device_;
  std::atomic<bool> stopping_{false};
  std::thread reader_;
};

}  // namespace

std::shared_ptr<void> start_terminal(Device& device, std::shared_ptr<void> owner) {
  return std::make_shared<Terminal>(device, std::move(owner));
}

}  // namespace turnkey::simulator
