// SPDX-License-Identifier: Apache-2.0
// Sessions that the registry vouched for a moment ago, so that not every request asks it. An entry counts for
// ten seconds at most and is dropped as soon as the registry says that its user changed. Thread safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "contracts/json.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"

namespace turnkey::gateway {

// What is left of a session in a stream, which keeps it for as long as it is open: enough to ask again.
struct Reader {
  core::UserId user_id;
  std::string token;
  core::Timestamp expires_at{};
};

struct Session {
  core::UserId user_id;
  std::string role;
  contracts::Json user;  // as HTTP shows it
  std::string token;
  core::Timestamp expires_at{};
  std::optional<std::vector<std::string>> scopes{};  // of a program's token; a session has none, and may all

  bool is_operator() const { return role == "operator"; }
  bool may_provision() const { return role != "viewer"; }
  bool has_scope(std::string_view scope) const;  // of domain/scopes
  Reader reader() const { return {user_id, token, expires_at}; }
};

class SessionCache {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr auto kLife = std::chrono::seconds(10);
  static constexpr std::size_t kMost = 20'000;

  std::optional<Session> find(const std::string& token, Clock::time_point now) const;
  // What the registry answered to a question that was asked at `generation()`; dropped when a user changed
  // meanwhile, because the answer may be older than the change.
  void put(const Session& session, Clock::time_point now, std::uint64_t asked_at);
  std::uint64_t generation() const;
  void drop_user(const core::UserId& user);
  void clear();  // events may have been missed

 private:
  struct Entry {
    Session session;
    Clock::time_point until;
  };
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> by_token_;
  std::uint64_t generation_ = 0;
};

}  // namespace turnkey::gateway
