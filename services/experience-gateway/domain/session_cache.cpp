// SPDX-License-Identifier: Apache-2.0
#include "domain/session_cache.hpp"

#include <algorithm>

#include "domain/scopes.hpp"

namespace turnkey::gateway {

bool Session::has_scope(std::string_view scope) const {
  if (!scopes) return true;
  const auto has = [this](std::string_view one) {
    return std::find(scopes->begin(), scopes->end(), one) != scopes->end();
  };
  if (scope != kEveryScope) return has(scope);
  const auto all = scopes_of_role(role);
  return std::all_of(all.begin(), all.end(), has);
}

std::optional<Session> SessionCache::find(const std::string& token, Clock::time_point now) const {
  const std::lock_guard lock(mutex_);
  const auto it = by_token_.find(token);
  if (it == by_token_.end() || it->second.until <= now) return std::nullopt;
  return it->second.session;
}

void SessionCache::put(const Session& session, Clock::time_point now, std::uint64_t asked_at) {
  const std::lock_guard lock(mutex_);
  if (generation_ != asked_at) return;
  if (by_token_.size() >= kMost) by_token_.clear();  // cheaper than an order of use, and rare
  by_token_.insert_or_assign(session.token, Entry{session, now + kLife});
}

std::uint64_t SessionCache::generation() const {
  const std::lock_guard lock(mutex_);
  return generation_;
}

void SessionCache::drop_user(const core::UserId& user) {
  const std::lock_guard lock(mutex_);
  ++generation_;
  for (auto it = by_token_.begin(); it != by_token_.end();)
    it = it->second.session.user_id == user ? by_token_.erase(it) : std::next(it);
}

void SessionCache::clear() {
  const std::lock_guard lock(mutex_);
  ++generation_;
  by_token_.clear();
}

}  // namespace turnkey::gateway
