// SPDX-License-Identifier: Apache-2.0
// What the programs that measure or break a running installation have in common: their options, a connection
// that ends is no reason to die, lines come out as they are written, and a failure is a sentence and exit
// code 1.
#pragma once

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <utility>

namespace turnkey::tests {

// `body` gives the exit code.
template <typename Body>
int run_program(CLI::App& app, int argc, char** argv, Body&& body) {
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGPIPE, SIG_IGN);
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  try {
    return std::forward<Body>(body)();
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}

}  // namespace turnkey::tests
