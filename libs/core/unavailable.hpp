// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>

namespace turnkey::core {

// A part that the work needs (database, broker, another service) is away. Edges answer `unavailable`: try
// again later.
class UnavailableError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace turnkey::core
