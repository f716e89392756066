// SPDX-License-Identifier: Apache-2.0
#include "domain/consent.hpp"

#include <utility>

namespace turnkey::registry {

std::string_view to_string(ConsentRequest::State state) {
  switch (state) {
    case ConsentRequest::State::open:
      return "open";
    case ConsentRequest::State::granted:
      return "granted";
    case ConsentRequest::State::declined:
      return "declined";
  }
  return "open";
}

ConsentRequest::State consent_state_from(std::string_view name) {
  if (name == "granted") return ConsentRequest::State::granted;
  return name == "declined" ? ConsentRequest::State::declined : ConsentRequest::State::open;
}

std::string_view ConsentRequest::shown_state(core::Timestamp now) const {
  return state == State::granted && !holds(now) ? "expired" : to_string(state);
}

bool ConsentRequest::ask_again(std::string newer_note, core::Timestamp now) {
  const bool refused = state == State::declined && now < *decided_at + kRefusalHolds;
  if (refused || holds(now)) return false;
  const bool anew = state != State::open;
  note = std::move(newer_note);
  asked_at = now;
  state = State::open;
  decided_at.reset();
  granted_until.reset();
  return anew;
}

bool ConsentRequest::grant(core::Timestamp now) {
  if (holds(now)) return false;
  state = State::granted;
  decided_at = now;
  granted_until = now + kConsentLasts;
  return true;
}

bool ConsentRequest::decline(core::Timestamp now) {
  if (state == State::declined) return false;
  state = State::declined;
  decided_at = now;
  granted_until.reset();
  return true;
}

}  // namespace turnkey::registry
