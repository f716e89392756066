// SPDX-License-Identifier: Apache-2.0
#include "domain/diagnosis.hpp"

#include <algorithm>
#include <ctime>

namespace turnkey::ctl {
namespace {

using namespace std::chrono_literals;
using contracts::Json;

constexpr std::chrono::hours kLastDays = 7 * 24h;
constexpr std::chrono::hours kLastWeeks = 21 * 24h;
constexpr auto kClockNote = 5s;  // a Date header has whole seconds, and an answer takes its time
constexpr auto kClockWrong = 30s;
constexpr const char kConnack = 0x20;

long long days_between(core::Timestamp from, core::Timestamp to) {
  return std::chrono::floor<std::chrono::days>(to - from).count();
}

std::ptrdiff_t count_of(const Findings& findings, Verdict verdict) {
  return std::count_if(findings.begin(), findings.end(),
                       [verdict](const Finding& one) { return one.verdict == verdict; });
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::well:
      return "well";
    case Verdict::note:
      return "note";
    case Verdict::wrong:
      return "wrong";
  }
  return "wrong";
}

bool anything_wrong(const Findings& findings) { return count_of(findings, Verdict::wrong) > 0; }

Json to_json(const Findings& findings) {
  Json list = Json::array();
  for (const auto& one : findings) {
    Json item = {{"part", one.part}, {"verdict", to_string(one.verdict)}, {"what", one.what}};
    if (!one.advice.empty()) item["advice"] = one.advice;
    list.push_back(std::move(item));
  }
  return {{"wrong", count_of(findings, Verdict::wrong)},
          {"notes", count_of(findings, Verdict::note)},
          {"findings", std::move(list)}};
}

Finding judge_certificate(const std::string& part, const ShownCertificate& shown, core::Timestamp now) {
  const auto left = shown.ends - now;
  const std::string ends = core::to_iso(shown.ends);
  if (left <= 0ms)
    return {part, Verdict::wrong, "It ended at " + ends + ".",
            "Renew it now: browsers and devices refuse to connect."};
  if (!shown.distrust.empty())
    return {part, Verdict::wrong, "It is not to be trusted: " + shown.distrust + ".",
            "With an authority of your own: --cafile. Else the server shows the wrong certificate, or not "
            "its whole chain."};
  const std::string days = std::to_string(days_between(now, shown.ends)) + " days are left, to " + ends + ".";
  const std::string renew = "Renew it; its renewal should have happened by itself: look at its log.";
  if (left < kLastDays) return {part, Verdict::wrong, days, renew};
  if (left < kLastWeeks) return {part, Verdict::note, days, renew};
  return {part, Verdict::well, days};
}

Finding judge_clock(core::Timestamp here, core::Timestamp server) {
  const auto apart = std::chrono::abs(std::chrono::floor<std::chrono::seconds>(here - server));
  const std::string what = "This machine and the server are " + std::to_string(apart.count()) + " s apart.";
  const std::string advice = "One of the two clocks is wrong: look at timedatectl on both.";
  if (apart > kClockWrong) return {"clock", Verdict::wrong, what, advice};
  if (apart > kClockNote) return {"clock", Verdict::note, what, advice};
  return {"clock", Verdict::well, what};
}

std::string anonymous_connect() {
  constexpr std::string_view kClientId = "turnkeyctl-doctor";
  // Clean start, a keep-alive of ten seconds, no properties.
  constexpr std::string_view kHead("\x00\x04MQTT\x05\x02\x00\x0a\x00\x00", 12);
  std::string packet;
  packet.push_back('\x10');
  packet.push_back(static_cast<char>(kHead.size() + 1 + kClientId.size()));
  packet.append(kHead);
  packet.push_back(static_cast<char>(kClientId.size()));
  packet.append(kClientId);
  return packet;
}

Finding judge_broker_reply(std::string_view reply) {
  if (reply.size() < kConnackBytes || reply[0] != kConnack)
    return {"broker", Verdict::wrong, "Who listens there does not answer as an MQTT broker does.",
            "Look at the broker's log, and at what forwards the port to it."};
  if (reply[3] == '\0')
    return {"broker", Verdict::wrong, "It lets anybody in, without user name and password.",
            "Close the port now. allow_anonymous must be false, and the plugin must be loaded."};
  return {"broker", Verdict::well, "It answers, and lets nobody in without credentials."};
}

std::optional<core::Timestamp> from_http_date(const std::string& text) {
  tm broken_down{};
  const char* end = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &broken_down);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return core::from_epoch_ms(std::int64_t{timegm(&broken_down)} * 1000);
}

}  // namespace turnkey::ctl
