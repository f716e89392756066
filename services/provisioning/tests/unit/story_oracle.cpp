// SPDX-License-Identifier: Apache-2.0
#include "fixture/story_oracle.hpp"

namespace turnkey::provisioning::tests {
namespace {

void must(bool holds, const char* rule) {
  if (!holds) throw Violation(rule);
}

// Whether all of it was pressed for one screen, and that was not the owner's.
bool pressed_for_another(const std::vector<Made>& presses, const core::UserId& owner) {
  const auto& first = presses.front().follows;
  return first && *first != owner &&
         std::all_of(presses.begin(), presses.end(), [&](const Made& one) { return one.follows == first; });
}

// Each row of presses, one after the other, that together are `wanted` many.
std::vector<std::vector<Made>> rows_of(const std::vector<Made>& heard, int wanted) {
  std::vector<std::vector<Made>> rows;
  for (std::size_t from = 0; from < heard.size(); ++from) {
    int sum = 0;
    std::vector<Made> row;
    for (std::size_t i = from; i < heard.size() && sum < wanted; ++i) {
      sum += heard[i].count;
      row.push_back(heard[i]);
    }
    if (sum == wanted) rows.push_back(std::move(row));
  }
  return rows;
}

bool same_but_for_what_moves(const Provisioning& a, const Provisioning& b) {
  return a.user == b.user && a.device.id == b.device.id && a.started_at == b.started_at &&
         a.expires_at == b.expires_at;
}

}  // namespace

void StoryOracle::clock_went_back() {
  for (auto& [id, press] : made_) press.follows.reset();
  for (auto& [id, watched] : watched_) {
    for (auto& press : watched.heard) press.follows.reset();
  }
}

void StoryOracle::hear(const Press& press) {
  const auto watched = watched_.find(press.provisioning);
  if (watched == watched_.end()) return;
  auto& [last, heard, void_before, version_before] = watched->second;
  version_before = last.version;
  const Made& made = made_.at(press.id);
  const bool in_time = last.state == State::waiting && clock_.now() < last.expires_at;
  const bool inside = made.at >= last.started_at && made.at < last.expires_at && made.at >= void_before;
  if (in_time && inside && made.device == last.device.id) heard.push_back(made);
}

// What moved nothing is no part of what proves later.
void StoryOracle::forget_if_void(const Press& press) {
  const auto watched = watched_.find(press.provisioning);
  if (watched == watched_.end()) return;
  auto& [last, heard, void_before, version_before] = watched->second;
  if (last.version == version_before && !heard.empty() && heard.back().id == press.id) heard.pop_back();
}

void StoryOracle::committed(const core::DeviceId& device, const std::vector<Press>& arrived,
                            const std::vector<std::size_t>& touched) {
  for (const Press& press : arrived) hear(press);
  for (const std::size_t row : touched) follow(store_.rows[row]);
  for (const Press& press : arrived) forget_if_void(press);
  if (!touched.empty()) check_device(device);
}

void StoryOracle::follow(const Provisioning& row) {
  const auto known = watched_.find(row.id);
  if (known == watched_.end()) {
    check_new(row);
    watched_[row.id].last = row;
    return;
  }
  auto& watched = known->second;
  check_step(watched, row);
  if (watched.last.policy != row.policy) {
    watched.void_before = clock_.now();
    watched.heard.clear();
  }
  // Another burst began, with the press that came last if at all.
  if (row.presses < watched.last.presses && !watched.heard.empty())
    watched.heard.erase(watched.heard.begin(), watched.heard.end() - 1);
  watched.last = row;
}

void StoryOracle::check_new(const Provisioning& row) const {
  must(row.version == 1, "a new provisioning has version 1");
  must(row.started_at == clock_.now() && row.expires_at == row.started_at + row.device.window,
       "a window is as long as the recipe says");
  must(row.state == (row.policy == Policy::none ? State::proven : State::waiting),
       "a new window waits for presence, unless the recipe asks for none");
}

void StoryOracle::check_step(const Watched& before, const Provisioning& row) const {
  const Provisioning& last = before.last;
  must(same_but_for_what_moves(last, row), "no window is lengthened or changes hands");
  must(row.version == last.version || row.version == last.version + 1, "a version grows by one");
  if (last.state == row.state) {
    must(!row.claimed() || last.claimed() || (row.state == State::proven && clock_.now() < row.expires_at),
         "only a proven window is claimed, inside of it");
    return;
  }
  must(row.version == last.version + 1, "every change of state is told");
  must(last.open(), "nothing leaves a state that is an end");
  if (row.state == State::proven) check_proof(before, row);
  if (row.state == State::completed) must(last.claimed(), "only what is claimed is completed");
  if (row.state == State::expired) must(clock_.now() >= row.expires_at, "no window ends before its time");
  if (last.claimed() && row.state != State::completed)
    must(row.reason == "assigned_elsewhere" || row.reason == "no_consent" ||
             (row.state == State::expired && !row.claimed()),
         "only the registry's answer ends a claim");
}

void StoryOracle::check_proof(const Watched& before, const Provisioning& row) const {
  const auto& heard = before.heard;
  must(before.last.state == State::waiting, "only what waits is proven");
  must(!heard.empty(), "no proof without a press made inside the window and heard in time");
  if (row.policy == Policy::press) {
    must(!pressed_for_another({heard.back()}, row.user), "a press for another screen proves nothing");
    return;
  }
  const auto rows_that_prove = rows_of(heard, row.required_presses);
  must(!rows_that_prove.empty(), "a pattern is proven by that many presses");
  const bool stolen = std::all_of(rows_that_prove.begin(), rows_that_prove.end(), [&](const auto& presses) {
    return pressed_for_another(presses, row.user);
  });
  must(!stolen, "presses for another screen prove nothing");
}

void StoryOracle::check_device(const core::DeviceId& device) const {
  std::set<std::string_view> users;
  std::set<int> numbers;
  std::size_t patterns = 0;
  for (const Provisioning& row : store_.rows) {
    if (row.device.id != device || !row.open()) continue;
    must(users.insert(row.user.str()).second, "a user has one open window on a device");
    if (row.state != State::waiting || row.policy != Policy::pattern) continue;
    ++patterns;
    numbers.insert(row.required_presses);
  }
  must(users.size() <= 3, "a device has three open windows at most");
  must(numbers.size() == patterns, "windows that contend need different numbers of presses");
}

void StoryOracle::at_rest(const std::vector<Assignment>& handed_over) const {
  check_lines();
  check_versions();
  std::set<std::pair<core::DeviceId, std::int64_t>> epochs;
  for (const Assignment& one : handed_over) {
    const auto row = store_.find(one.provisioning);
    must(row && row->state == State::completed && row->user == one.user && row->device.id == one.device &&
             *row->wish == one.wish,
         "who gets the device is who completed, with that wish");
    must(row->proven_at.has_value(), "nobody gets a device without the proof");
    must(epochs.insert({one.device, one.assignment_epoch}).second, "a hand-over has one winner");
  }
  std::size_t completed = 0;
  for (const auto& row : store_.rows) completed += row.state == State::completed ? 1U : 0U;
  must(completed == handed_over.size(), "what is completed was handed over");
}

void StoryOracle::check_lines() const {
  std::map<std::pair<core::ProvisioningId, Act>, int> lines;
  for (const Fact& fact : store_.ledger) {
    if (fact.provisioning) ++lines[{*fact.provisioning, fact.act}];
  }
  for (const auto& row : store_.rows) {
    const auto count = [&](Act act) {
      const auto line = lines.find({row.id, act});
      return line == lines.end() ? 0 : line->second;
    };
    const std::map<State, Act> ends = {{State::completed, Act::completed},
                                       {State::cancelled, Act::cancelled},
                                       {State::expired, Act::expired},
                                       {State::superseded, Act::superseded},
                                       {State::locked, Act::locked}};
    must(count(Act::opened) == 1, "one line for the opening");
    must(count(Act::proven) == (row.proven_at ? 1 : 0), "one line for the proof");
    // One may go in the moment in which the next one comes: then no status between the two is told.
    must(count(Act::contended) >= times_contended(row.id), "a line for each time that a second user came");
    must(count(Act::contended) <= opened_beside(row), "at most one line for each user who came");
    for (const auto& [state, act] : ends)
      must(count(act) == (row.state == state ? 1 : 0), "one line for the end");
  }
}

// A second user may leave and come again; what is told says each time.
int StoryOracle::times_contended(const core::ProvisioningId& id) const {
  int times = 0;
  bool before = false;
  for (const auto& status : store_.statuses) {
    if (status.id != id) continue;
    if (status.contended && !before) ++times;
    before = status.contended;
  }
  return times;
}

// Windows of others on the same device.
int StoryOracle::opened_beside(const Provisioning& window) const {
  return static_cast<int>(std::count_if(store_.rows.begin(), store_.rows.end(), [&](const auto& row) {
    return row.device.id == window.device.id && row.user != window.user;
  }));
}

void StoryOracle::check_versions() const {
  std::map<core::ProvisioningId, std::int64_t> told;
  for (const auto& status : store_.statuses)
    must(status.version == ++told[status.id], "every version is told, once, in their order");
  for (const auto& row : store_.rows) must(told[row.id] == row.version, "the last change is told");
}

}  // namespace turnkey::provisioning::tests
