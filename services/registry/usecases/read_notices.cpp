// SPDX-License-Identifier: Apache-2.0
#include "usecases/read_notices.hpp"

namespace turnkey::registry {
namespace {

constexpr auto kKept = std::chrono::hours(24 * 90);

core::Result<User> admin(pqxx::work& tx, const core::UserId& id) {
  auto actor = load_actor(tx, id);
  if (actor && !actor->may_administer()) return core::not_found();
  return actor;
}

}  // namespace

core::Result<NoticePage> list_notices(const Context& context, const core::UserId& actor_id,
                                      const WantedNotices& wanted) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<NoticePage> {
    const auto actor = admin(tx, actor_id);
    if (!actor) return actor.error();
    NoticePage page;  // one more tells whether there is a next page
    page.items = pg_notices::list(
        tx, *actor, {context.clock.now() - kKept, wanted.unread_only, wanted.after, wanted.limit + 1});
    if (page.items.size() > static_cast<std::size_t>(wanted.limit)) {
      page.items.pop_back();
      page.next_cursor = page.items.back().id.str();
    }
    return page;
  });
}

core::Result<core::Done> mark_notice_read(const Context& context, const core::UserId& actor_id,
                                          const NoticeId& id) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<core::Done> {
    const auto actor = admin(tx, actor_id);
    if (!actor) return actor.error();
    if (!pg_notices::mark_read(tx, *actor, id)) return core::not_found();
    return core::Done{};
  });
}

void sweep_notices(const Context& context) {
  context.pool.transaction([&](pqxx::work& tx) { pg_notices::sweep(tx, context.clock.now() - kKept); });
}

}  // namespace turnkey::registry
