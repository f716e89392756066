// SPDX-License-Identifier: Apache-2.0
// A subscription that ends with its scope. Declared after what its handler refers to: a message that comes
// later calls nothing, and one that is being handled is waited for.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "bus/client.hpp"

namespace turnkey::testing {

class Listening {
 public:
  Listening(bus::Client& client, std::string filter, bus::Handler handler);
  ~Listening();
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

 private:
  struct Ear {
    std::mutex mutex;
    bus::Handler handler;
  };
  bus::Client& client_;
  const std::string filter_;
  const std::shared_ptr<Ear> ear_ = std::make_shared<Ear>();
};

}  // namespace turnkey::testing
