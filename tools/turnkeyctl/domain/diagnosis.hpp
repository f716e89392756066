// SPDX-License-Identifier: Apache-2.0
// What an installation looks like from the outside, judged: what is well, what to look at by day, what is
// wrong and what to do about it. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contracts/json.hpp"
#include "core/time.hpp"

namespace turnkey::ctl {

enum class Verdict { well, note, wrong };

struct Finding {
  std::string part;  // "registry", "certificate", ...
  Verdict verdict = Verdict::well;
  std::string what;
  std::string advice{};  // "" when it is well
};

using Findings = std::vector<Finding>;

struct ShownCertificate {
  std::string distrust{};  // "" = trusted, and of this host
  core::Timestamp ends;
};

// Wrong with less than a week left, a note with less than three.
Finding judge_certificate(const std::string& part, const ShownCertificate& shown, core::Timestamp now);
// Of this machine against the server.
Finding judge_clock(core::Timestamp here, core::Timestamp server);
// The first bytes that a broker answers to `anonymous_connect`, up to its code.
inline constexpr std::size_t kConnackBytes = 4;
Finding judge_broker_reply(std::string_view reply);
// The answer of GET /api/health. `own_version` is turnkeyctl's.
Findings judge_health(const contracts::Json& health, const std::string& own_version);

// A CONNECT (MQTT 5) without user name and password, which nobody should let in.
std::string anonymous_connect();
// "Sun, 22 Nov 2026 21:48:05 GMT" of an HTTP header.
std::optional<core::Timestamp> from_http_date(const std::string& text);

bool anything_wrong(const Findings& findings);
std::string_view to_string(Verdict verdict);        // well, note, wrong
contracts::Json to_json(const Findings& findings);  // {"wrong":n,"notes":n,"findings":[...]}

}  // namespace turnkey::ctl
