// SPDX-License-Identifier: Apache-2.0
// Posts to a receiver of webhooks, once. The name is resolved here, every address that it has must be one
// that may be asked, and the connection goes to the first of these: what the name says a moment later does
// not matter. No redirect is followed and nothing of an answer is kept but its status. Thread safe.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/result.hpp"

namespace turnkey::registry {

struct WebhookRules {
  bool http = false;               // without TLS too
  bool private_addresses = false;  // this machine and private networks too
};

class WebhookClient {
 public:
  explicit WebhookClient(WebhookRules rules) : rules_(rules) {}

  // What is wrong with it, before anything is sent: `code` and a sentence. A name is not resolved.
  std::optional<core::FieldError> refusal(const std::string& url) const;

  // An error is a sentence for people who look after the receiver: no answer, or not a 2xx.
  using Headers = std::vector<std::pair<std::string, std::string>>;
  core::Result<core::Done> post(const std::string& url, const Headers& headers,
                                const std::string& body) const;

 private:
  WebhookRules rules_;
};

}  // namespace turnkey::registry
