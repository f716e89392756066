// SPDX-License-Identifier: Apache-2.0
#include "http/refusal.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>

namespace turnkey::http {
namespace {

constexpr std::size_t kLongestPath =
    256;  // beyond it cpp-httplib's recursive regular expressions eat the stack
constexpr std::array<std::string_view, 6> kMethods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
constexpr std::array<std::string_view, 4> kOtherMethods = {"OPTIONS", "TRACE", "CONNECT", "PRI"};

template <typename Names>
bool among(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

core::Error refused(std::string message, std::string detail) {
  core::Error error = core::invalid(std::move(message));
  error.detail = std::move(detail);
  return error;
}

core::Error malformed() { return refused("The request cannot be read.", "malformed"); }

core::Error length_required() { return refused("A Content-Length is needed.", "length_required"); }

bool has_body(std::string_view method) { return method == "POST" || method == "PUT" || method == "PATCH"; }

// Digits alone: cpp-httplib takes "-1" for 2^64 - 1 and "x" for 0.
std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<core::Error> refusal_of_length(const httplib::Request& request, std::size_t largest_body) {
  const auto count = request.get_header_value_count("Content-Length");
  if (count == 0 && has_body(request.method)) return length_required();
  if (count == 0) return std::nullopt;
  const auto length = count == 1 ? number(request.get_header_value("Content-Length")) : std::nullopt;
  if (!length) return malformed();
  if (*length > largest_body) return too_large();
  return std::nullopt;
}

}  // namespace

core::Error too_large() { return refused("The body is larger than this allows.", "too_large"); }

core::Error no_such_path() { return core::not_found(); }

core::Error no_such_method() {
  core::Error error = core::not_found("This path does not know that method.");
  error.detail = "method_not_allowed";
  return error;
}

std::optional<core::Error> refusal_of(const httplib::Request& request, std::size_t largest_body) {
  if (request.path.size() > kLongestPath) return no_such_path();
  if (!among(kMethods, request.method)) return no_such_method();
  if (request.has_header("Transfer-Encoding")) return length_required();
  if (request.has_header("Content-Encoding"))  // cpp-httplib would inflate it without bound
    return refused("Send the body as it is, without a Content-Encoding.", "unsupported_media_type");
  return refusal_of_length(request, largest_body);
}

core::Error unreadable(const httplib::Request& request, int status) {
  if (status == 413) return too_large();
  if (status == 414) return refused("The address is too long.", "uri_too_long");
  if (status == 416) return refused("That range cannot be read.", "malformed");
  const bool well_formed = request.version == "HTTP/1.1" || request.version == "HTTP/1.0";
  const bool known = among(kMethods, request.method) || among(kOtherMethods, request.method);
  if (well_formed && !known) return refused("That method is not known here.", "not_implemented");
  return malformed();
}

}  // namespace turnkey::http
