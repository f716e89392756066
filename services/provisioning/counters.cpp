// SPDX-License-Identifier: Apache-2.0
#include "counters.hpp"

namespace turnkey::provisioning {
namespace {

constexpr const char* kOpened = "turnkey_provisioning_windows_opened_total";
constexpr const char* kOutcomes = "turnkey_provisioning_outcomes_total";
constexpr const char* kPresses = "turnkey_provisioning_presses_total";
constexpr const char* kFailedScans = "turnkey_provisioning_failed_scans_total";
constexpr const char* kNoPress = "turnkey_provisioning_windows_without_press_total";
constexpr const char* kNoWindow = "turnkey_provisioning_presses_without_window_total";
constexpr const char* kOtherTold = "turnkey_provisioning_other_presses_told_total";
constexpr const char* kContended = "turnkey_provisioning_windows_contended_total";
constexpr const char* kProven = "turnkey_provisioning_windows_proven_total";
constexpr const char* kWrong = "turnkey_provisioning_wrong_patterns_total";
constexpr const char* kBlinkAsked = "turnkey_provisioning_blink_questions_total";
constexpr const char* kWrongBlinks = "turnkey_provisioning_wrong_blinks_total";
constexpr const char* kRefused = "turnkey_provisioning_refused_total";

std::string outcome_of(Act act) {
  const auto name = to_string(act);
  return std::string(name.substr(name.find('.') + 1));
}

}  // namespace

MetricCounters::MetricCounters(service::Metrics& metrics) : metrics_(metrics) {
  for (const auto what : {Counted::press_counted, Counted::press_repeated, Counted::press_outside,
                          Counted::press_without_window, Counted::other_press_told, Counted::failed_scan})
    count(what, 0);
  for (const auto act :
       {Act::opened, Act::refused, Act::superseded, Act::contended, Act::proven, Act::wrong_pattern,
        Act::blink_asked, Act::wrong_blinks, Act::locked, Act::completed, Act::cancelled, Act::expired}) {
    Fact fact;
    fact.act = act;
    count(fact, 0);
  }
}

void MetricCounters::count(Counted what) { count(what, 1); }
void MetricCounters::count(const Fact& fact) { count(fact, 1); }

void MetricCounters::count(Counted what, double by) {
  const auto press = [&](const char* effect) {
    metrics_.count(kPresses, "Presses that came from ingest, by what became of them.", {{"effect", effect}},
                   by);
  };
  switch (what) {
    case Counted::press_counted:
      return press("counted");
    case Counted::press_repeated:
      return press("repeated");
    case Counted::press_outside:
      return press("outside");
    case Counted::press_without_window:
      press("without_window");
      return metrics_.count(kNoWindow, "Presses for which no window waited.", {}, by);
    case Counted::other_press_told:
      return metrics_.count(kOtherTold, "Windows that were told of a press of another device.", {}, by);
    case Counted::failed_scan:
      return metrics_.count(kFailedScans, "Scans of serials that are unknown to the user.", {}, by);
  }
}

void MetricCounters::count(const Fact& fact, double by) {
  switch (fact.act) {
    case Act::opened:
      return metrics_.count(kOpened, "Windows that were opened.", {}, by);
    case Act::refused:
      return metrics_.count(kRefused, "Requests to open or complete that were refused.", {}, by);
    case Act::contended:
      return metrics_.count(kContended, "Windows that met another user's window on the same device.", {}, by);
    case Act::proven:
      return metrics_.count(kProven, "Windows in which presence was proven.", {}, by);
    case Act::wrong_pattern:
      return metrics_.count(kWrong, "Bursts of presses with the wrong number.", {}, by);
    case Act::blink_asked:
      return metrics_.count(
          kBlinkAsked, "Times that enough was pressed for the question how often the light blinks.", {}, by);
    case Act::wrong_blinks:
      return metrics_.count(kWrongBlinks, "Wrong answers about how often the light blinked.", {}, by);
    case Act::expired:
      if (!fact.heard) metrics_.count(kNoPress, "Windows that expired without a press.", {}, by);
      [[fallthrough]];
    case Act::superseded:
    case Act::locked:
    case Act::completed:
    case Act::cancelled:
      return metrics_.count(kOutcomes, "Windows that ended, by how.", {{"outcome", outcome_of(fact.act)}},
                            by);
  }
}

}  // namespace turnkey::provisioning
