// SPDX-License-Identifier: Apache-2.0
#include "domain/state.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <utility>

using namespace turnkey::provisioning;

namespace {

constexpr State kStates[] = {State::waiting, State::proven,     State::completed, State::cancelled,
                             State::expired, State::superseded, State::locked};
constexpr Step kSteps[] = {Step::prove,   Step::complete,  Step::cancel,
                           Step::run_out, Step::supersede, Step::lock};

}  // namespace

TEST_CASE("the state machine allows exactly these steps") {
  const std::map<std::pair<State, Step>, State> allowed = {
      {{State::waiting, Step::prove}, State::proven},
      {{State::waiting, Step::cancel}, State::cancelled},
      {{State::waiting, Step::run_out}, State::expired},
      {{State::waiting, Step::supersede}, State::superseded},
      {{State::waiting, Step::lock}, State::locked},
      {{State::proven, Step::complete}, State::completed},
      {{State::proven, Step::cancel}, State::cancelled},
      {{State::proven, Step::run_out}, State::expired},
      {{State::proven, Step::supersede}, State::superseded},
  };
  for (const State from : kStates) {
    for (const Step step : kSteps) {
      const auto found = allowed.find({from, step});
      CAPTURE(to_string(from), static_cast<int>(step));
      CHECK(after(from, step) == (found == allowed.end() ? std::nullopt : std::optional(found->second)));
    }
  }
}

TEST_CASE("nothing leaves a state that is not open") {
  for (const State state : kStates) {
    if (is_open(state)) continue;
    for (const Step step : kSteps) CHECK_FALSE(after(state, step));
  }
}

TEST_CASE("states and policies keep their names") {
  for (const State state : kStates) CHECK(state_from(to_string(state)) == state);
  for (const Policy policy : {Policy::press, Policy::pattern, Policy::none})
    CHECK(policy_from(to_string(policy)) == policy);
  CHECK_FALSE(state_from("open"));
  CHECK_FALSE(policy_from(""));
}
