// SPDX-License-Identifier: Apache-2.0
// What the client's tests share.
#pragma once

#include <string>
#include <utility>

#include "bus/client.hpp"

namespace turnkey::bus::testing {

inline Publication publication(std::string topic, std::string payload) {
  Publication out;
  out.topic = std::move(topic);
  out.payload = std::move(payload);
  return out;
}

}  // namespace turnkey::bus::testing
