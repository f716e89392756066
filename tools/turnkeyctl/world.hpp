// SPDX-License-Identifier: Apache-2.0
// What the program touches besides the server: its streams, the terminal, the environment, time. Tests bring
// their own.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

#include "core/time.hpp"
#include "domain/failure.hpp"

namespace turnkey::ctl {

struct World {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  const core::Clock& clock;
  bool in_is_terminal = false;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  std::size_t columns = 0;  // of the terminal; 0: there is none
  std::function<std::optional<std::string>(const std::string& name)> environment{};
  std::function<Outcome<std::string>(const std::string& prompt)> read_secret{};  // without echo
  std::function<void(std::chrono::milliseconds)> sleep{};
};

World real_world();

}  // namespace turnkey::ctl
