// SPDX-License-Identifier: Apache-2.0
// Checks the account of one device at a broker, rule by rule: what firmware may rely on, and what the broker
// must refuse. It acts as that device and nothing else: it reports empty data, and a device that is connected
// by the same account loses its connection.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "domain/ruling.hpp"
#include "http/dialled_stream.hpp"

namespace turnkey::simulator {

struct Account {
  http::Endpoint broker{};
  std::string root = "devices";
  std::string device_id{};
  std::string access_key{};
  std::string access_secret{};
};

// `command_wait`: for a command that somebody sends meanwhile; 0: that rule is not checked. `about_to` is
// called before that wait. An error when the broker cannot be reached or the account is not let in: then
// there is nothing to check.
core::Result<std::vector<Ruling>> check_account(const Account& account, std::chrono::seconds command_wait,
                                                const std::function<void()>& about_to);

}  // namespace turnkey::simulator
