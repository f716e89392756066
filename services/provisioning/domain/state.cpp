// SPDX-License-Identifier: Apache-2.0
#include "domain/state.hpp"

#include <algorithm>
#include <array>

namespace turnkey::provisioning {
namespace {

struct Transition {
  State from;
  Step step;
  State to;
};

//            open                         open, policy `none`
//             |                                    |
//             v                                    v
//          waiting --------- prove ------------> proven --- complete ---> completed
//           | | | |                              | | |
//      lock | | | +------- supersede ------------+-|-|---> superseded
//           | | +--------- cancel -----------------+-|---> cancelled
//           | +----------- run_out ------------------+---> expired
//           v
//         locked
//
// What is not here is not allowed: nothing leaves completed, cancelled, expired, superseded or locked.
constexpr std::array kTransitions = {
    Transition{State::waiting, Step::prove, State::proven},
    Transition{State::waiting, Step::lock, State::locked},
    Transition{State::waiting, Step::supersede, State::superseded},
    Transition{State::waiting, Step::cancel, State::cancelled},
    Transition{State::waiting, Step::run_out, State::expired},
    Transition{State::proven, Step::complete, State::completed},
    Transition{State::proven, Step::supersede, State::superseded},
    Transition{State::proven, Step::cancel, State::cancelled},
    Transition{State::proven, Step::run_out, State::expired},
};

constexpr std::array<std::string_view, 7> kStates = {"waiting", "proven",     "completed", "cancelled",
                                                     "expired", "superseded", "locked"};
constexpr std::array<std::string_view, 3> kPolicies = {"press", "pattern", "none"};

template <typename Enum, typename Names>
std::optional<Enum> from_name(const Names& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

}  // namespace

std::string_view to_string(State state) { return kStates[static_cast<std::size_t>(state)]; }
std::optional<State> state_from(std::string_view name) { return from_name<State>(kStates, name); }
std::string_view to_string(Policy policy) { return kPolicies[static_cast<std::size_t>(policy)]; }
std::optional<Policy> policy_from(std::string_view name) { return from_name<Policy>(kPolicies, name); }

std::optional<State> after(State state, Step step) {
  for (const Transition& line : kTransitions) {
    if (line.from == state && line.step == step) return line.to;
  }
  return std::nullopt;
}

bool is_open(State state) { return state == State::waiting || state == State::proven; }

}  // namespace turnkey::provisioning
