// SPDX-License-Identifier: Apache-2.0
// The states of a provisioning and the steps between them. Pure.
#pragma once

#include <optional>
#include <string_view>

namespace turnkey::provisioning {

enum class State { waiting, proven, completed, cancelled, expired, superseded, locked };
enum class Policy { press, pattern, none };
enum class Step { prove, complete, cancel, run_out, supersede, lock };

std::string_view to_string(State state);
std::optional<State> state_from(std::string_view name);
std::string_view to_string(Policy policy);
std::optional<Policy> policy_from(std::string_view name);

// The state that the step leads to; nothing when the step is not allowed there.
std::optional<State> after(State state, Step step);
bool is_open(State state);  // waiting or proven: the window still stands

}  // namespace turnkey::provisioning
