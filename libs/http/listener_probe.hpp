// SPDX-License-Identifier: Apache-2.0
// A listener as it looks from the outside: whether it answers, which certificate it shows and whether that is
// to be trusted, and what it says to a first message.
#pragma once

#include "http/dialled_stream.hpp"

namespace turnkey::http {

struct Listener {
  Endpoint endpoint;
  std::string say{};       // sent once it is there, on a certificate that is to be trusted alone
  std::size_t expect = 0;  // bytes of the reply to wait for, for the endpoint's patience
};

struct Look {
  std::string distrust{};              // as DialledStream has it
  core::Timestamp certificate_ends{};  // likewise
  std::string reply{};                 // up to `expect` bytes
};

// Errors of DialledStream::dial.
core::Result<Look> look_at(const Listener& listener);

}  // namespace turnkey::http
