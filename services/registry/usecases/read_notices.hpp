// SPDX-License-Identifier: Apache-2.0
// What admins are told of devices that were their groups': that somebody took one; who it was only when they
// had agreed to that person. Kept for ninety days; each reader marks for themselves what they have read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "outbound/pg_notices.hpp"
#include "usecases/context.hpp"

namespace turnkey::registry {

struct WantedNotices {
  bool unread_only = false;
  std::optional<NoticeId> after{};
  int limit = 50;
};
struct NoticePage {
  std::vector<pg_notices::Notice> items;
  std::optional<std::string> next_cursor;
};
core::Result<NoticePage> list_notices(const Context& context, const core::UserId& actor,
                                      const WantedNotices& wanted);
core::Result<core::Done> mark_notice_read(const Context& context, const core::UserId& actor,
                                          const NoticeId& id);
void sweep_notices(const Context& context);

}  // namespace turnkey::registry
