// SPDX-License-Identifier: Apache-2.0
#include "outbound/webhook_client.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <memory>

#include "core/address_range.hpp"
#include "domain/webhook.hpp"
#include "http/client.hpp"

namespace turnkey::registry {
namespace {

constexpr std::size_t kLongestUrl = 2048;
constexpr auto kDeadline = std::chrono::seconds(10);
constexpr std::size_t kLargestAnswer = 64 * 1024;  // bytes; nobody reads them

// Every address of the host, numbers in unusual spellings (0x7f.1) too.
std::vector<core::IpAddress> resolve(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return {};
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(found, freeaddrinfo);
  std::vector<core::IpAddress> addresses;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (getnameinfo(each->ai_addr, each->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) !=
        0)
      continue;
    // One with a zone (fe80::1%eth0) cannot be read, and is not public either.
    const auto address = core::IpAddress::parse(text.data());
    if (!address) return {};
    addresses.push_back(*address);
  }
  return addresses;
}

core::Result<std::string> address_of(const std::string& host, const WebhookRules& rules) {
  const auto addresses = resolve(host);
  if (addresses.empty()) return core::unavailable("The host's name has no address.");
  for (const auto& address : addresses)
    if (!rules.private_addresses && !is_public(address))
      return core::unavailable("The host's address is not a public one.");
  return addresses.front().str();
}

core::FieldError wrong(std::string code, std::string message) {
  return {"webhook.url", std::move(code), std::move(message)};
}

// What the receiver said is not repeated: it may hold anything.
// `head`: the status that came, if one did, whatever became of the rest.
core::Result<core::Done> judged(const core::Result<http::Answer>& answer, int head) {
  if ((answer ? answer->status : head) / 100 == 2) return core::Done{};
  if (answer) return core::unavailable("The receiver answered " + std::to_string(answer->status) + ".");
  const std::string& why = answer.error().detail;
  if (why == "timeout") return core::unavailable("The receiver did not answer within ten seconds.");
  if (why == "too_large") return core::unavailable("The receiver answered more than 64 KiB.");
  if (why == "certificate") return core::unavailable("The receiver's certificate is not to be trusted.");
  if (why == "unreachable") return core::unavailable("The receiver cannot be reached.");
  return core::unavailable("The connection ended before the receiver had answered.");
}

}  // namespace

std::optional<core::FieldError> WebhookClient::refusal(const std::string& url) const {
  if (url.size() > kLongestUrl) return wrong("too_long", "at most 2048 characters are allowed");
  const auto whole = http::parse_whole_url(url);
  if (!whole) return wrong("malformed", "a URL like https://hooks.example/turnkey is needed");
  if (!whole->base.tls && !rules_.http) return wrong("not_https", "it must begin with https://");
  const auto address = core::IpAddress::parse(whole->base.host);
  if (address && !rules_.private_addresses && !is_public(*address))
    return wrong("private_address", "a public address is needed");
  return std::nullopt;
}

core::Result<core::Done> WebhookClient::post(const std::string& url, const Headers& headers,
                                             const std::string& body) const {
  const auto wrong_with_it = refusal(url);
  if (wrong_with_it) return core::unavailable("The URL is not allowed: " + wrong_with_it->message + ".");
  const auto whole = http::parse_whole_url(url);
  const auto address = address_of(whole->base.host, rules_);
  if (!address) return address.error();
  http::Client client(whole->base, "", *address);
  http::Call call;
  call.method = "POST";
  call.target = whole->target;
  call.headers = headers;
  call.headers.emplace_back("User-Agent", "Turnkey-Webhooks");
  call.headers.emplace_back("Connection", "close");
  call.content_type = "application/json";
  call.body = body;
  call.largest = kLargestAnswer;
  call.silence = kDeadline;
  call.deadline = kDeadline;
  int status = 0;
  call.on_head = [&](const http::Answer& head) { status = head.status; };
  const auto answer = client.send(call);
  return judged(answer, status);
}

}  // namespace turnkey::registry
