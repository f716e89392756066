// SPDX-License-Identifier: Apache-2.0
#include "http/target.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace turnkey::http {
namespace {

constexpr std::size_t kLongestHost = 253;
constexpr int kHttpsPort = 443;
constexpr int kHttpPort = 80;

core::Error wrong(const std::string& why) {
  return core::invalid("The address of an installation looks like https://turnkey.example: " + why + ".");
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

bool is_address_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
}

bool is_loopback(const std::string& host) {
  return host == "127.0.0.1" || host == "::1" || host == "localhost";
}

std::optional<int> port_of(std::string_view text) {
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port < 1 || port > 65535)
    return std::nullopt;
  return port;
}

// "host", "host:port", "[address]", "[address]:port".
core::Result<BaseUrl> with_authority(BaseUrl url, std::string_view text) {
  const bool bracketed = text.starts_with('[');
  const auto host_end = bracketed ? text.find(']') : std::min(text.find(':'), text.size());
  if (host_end == std::string_view::npos) return wrong("a bracket is open");
  url.host = std::string(bracketed ? text.substr(1, host_end - 1) : text.substr(0, host_end));
  const auto rest = text.substr(host_end + (bracketed ? 1 : 0));
  const bool good =
      std::all_of(url.host.begin(), url.host.end(), bracketed ? is_address_character : is_host_character);
  if (url.host.empty() || url.host.size() > kLongestHost || !good) return wrong("the host is not a name");
  if (rest.empty()) return url;
  const auto port = rest.front() == ':' ? port_of(rest.substr(1)) : std::nullopt;
  if (!port) return wrong("the port is a number of 1 to 65535");
  url.port = *port;
  return url;
}

// Takes the scheme off `text`.
core::Result<BaseUrl> with_scheme(std::string_view& text) {
  BaseUrl url;
  if (text.starts_with("http://")) {
    url.tls = false;
    url.port = kHttpPort;
  } else if (!text.starts_with("https://")) {
    return wrong("it begins with https://");
  }
  text.remove_prefix(url.tls ? 8 : 7);
  return url;
}

}  // namespace

std::string BaseUrl::str() const {
  const bool bracketed = host.find(':') != std::string::npos;
  std::string text = (tls ? "https://" : "http://") + (bracketed ? "[" + host + "]" : host);
  if (port != (tls ? kHttpsPort : kHttpPort)) text += ":" + std::to_string(port);
  return text;
}

core::Result<WholeUrl> parse_whole_url(std::string_view text) {
  auto url = with_scheme(text);
  if (!url) return url.error();
  const auto end = std::min(text.find_first_of("/?#"), text.size());
  auto base = with_authority(*url, text.substr(0, end));
  if (!base) return base.error();
  std::string target(text.substr(end));
  if (!target.starts_with('/')) target.insert(0, "/");
  const bool visible = std::all_of(target.begin(), target.end(), [](char c) { return c > ' ' && c < 0x7F; });
  if (!visible || target.find('#') != std::string::npos)
    return wrong("after the host come a path and a query, percent-encoded, and no fragment");
  return WholeUrl{std::move(*base), std::move(target)};
}

core::Result<BaseUrl> parse_base_url(std::string_view text) {
  const auto scheme = with_scheme(text);
  if (!scheme) return scheme.error();
  const BaseUrl& url = *scheme;
  if (text.ends_with('/')) text.remove_suffix(1);
  if (text.find_first_of("/?#@") != std::string_view::npos) return wrong("nothing follows the host and port");
  auto whole = with_authority(url, text);
  if (whole && !whole->tls && !is_loopback(whole->host))
    return wrong("plain http is for this machine itself alone");
  return whole;
}

std::string percent_encoded(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_host_character(c) || c == '_' || c == '~') {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(kDigits[byte >> 4U]);
    out.push_back(kDigits[byte & 0x0FU]);
  }
  return out;
}

Target& Target::part(std::string_view segment) {
  // "." and ".." would be taken for steps in the path, encoded or not.
  const bool step = segment == "." || segment == "..";
  text_ += "/" + (step ? "%20" + std::string(segment) : percent_encoded(segment));
  return *this;
}

Target& Target::query(std::string_view name, std::string_view value) {
  text_ += (has_query_ ? "&" : "?") + percent_encoded(name) + "=" + percent_encoded(value);
  has_query_ = true;
  return *this;
}

Target& Target::query_if(std::string_view name, std::string_view value) {
  return value.empty() ? *this : query(name, value);
}

}  // namespace turnkey::http
