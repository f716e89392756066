// SPDX-License-Identifier: Apache-2.0
#include "testing/listening.hpp"

namespace turnkey::testing {

Listening::Listening(bus::Client& client, std::string filter, bus::Handler handler)
    : client_(client), filter_(std::move(filter)) {
  ear_->handler = std::move(handler);
  client_.subscribe(filter_, 1, [ear = ear_](const bus::Message& message) {
    const std::lock_guard lock(ear->mutex);
    if (ear->handler) ear->handler(message);
  });
}

Listening::~Listening() {
  {
    const std::lock_guard lock(ear_->mutex);
    ear_->handler = nullptr;
  }
  client_.unsubscribe(filter_);
}

}  // namespace turnkey::testing
