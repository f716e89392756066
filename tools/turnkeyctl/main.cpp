// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <exception>
#include <iostream>

#include "app.hpp"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a server or a pager that goes away is an error of writing
  auto world = turnkey::ctl::real_world();
  try {
    return turnkey::ctl::run({argv + 1, argv + argc}, world);
  } catch (const std::exception& error) {
    std::cerr << "turnkeyctl: " << error.what() << "\n";
    return 1;
  }
}
