// SPDX-License-Identifier: Apache-2.0
// One installation as a program sees it: JSON in and out, refusals as failures, and another try where a try
// cannot do harm: a GET, a PUT, a DELETE, and whatever carries an idempotency key, after a broken connection,
// 429, 502, 503 or 504. Not thread safe.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "domain/failure.hpp"
#include "http/client.hpp"
#include "world.hpp"

namespace turnkey::ctl {

using Headers = std::vector<std::pair<std::string, std::string>>;
using http::Target;

class Api {
 public:
  // `headers` go with every request: who asks.
  Api(const http::BaseUrl& url, const std::string& ca_file, Headers headers, const World& world);

  Outcome<Json> get(const Target& target);
  Outcome<Json> post(const Target& target, const Json& body = Json::object());
  Outcome<Json> post_once(const Target& target, const Json& body, const std::string& idempotency_key);
  Outcome<Json> patch(const Target& target, const Json& body);
  Outcome<Json> remove(const Target& target);
  // Whatever the call says, with tries. An answer of 400 or more is a failure. `harmless`: it changes
  // nothing, whatever its method says.
  Outcome<http::Answer> ask(http::Call call, bool harmless = false);
  // One try, whatever comes.
  core::Result<http::Answer> ask_once(http::Call call);
  const http::BaseUrl& url() const { return client_.url(); }

 private:
  Outcome<Json> ask_json(http::Call call);

  http::Client client_;
  Headers headers_;
  const World& world_;
};

Failure failure_of(const http::Answer& answer);
// Seconds of Retry-After; nothing when it is missing or no number.
std::optional<std::chrono::seconds> retry_after(const http::Answer& answer);
bool worth_another_try(const core::Result<http::Answer>& answer);

http::Call json_call(std::string method, const Target& target, const Json& body);

}  // namespace turnkey::ctl
