// SPDX-License-Identifier: Apache-2.0
// What is refused before a request is routed and its body is read, and what cpp-httplib could not read.
// Includes cpp-httplib: for http/*.cpp alone.
#pragma once

#include <httplib.h>

#include <cstddef>
#include <optional>

#include "core/result.hpp"

namespace turnkey::http {

core::Error too_large();
core::Error no_such_path();
core::Error no_such_method();

// Looks at the head alone. `largest_body` in bytes.
std::optional<core::Error> refusal_of(const httplib::Request& request, std::size_t largest_body);
// For a status with which cpp-httplib gave a request up by itself.
core::Error unreadable(const httplib::Request& request, int status);

}  // namespace turnkey::http
