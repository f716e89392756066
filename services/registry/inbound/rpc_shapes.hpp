// SPDX-License-Identifier: Apache-2.0
// What the registry's methods have in common: how a table of them is served, and the replies that hold a list
// or nothing.
#pragma once

#include <utility>

#include "bus/rpc.hpp"
#include "contracts/json.hpp"
#include "core/result.hpp"

namespace turnkey::registry {

template <typename Dependencies>
using Method =
    std::pair<const char*, core::Result<contracts::Json> (*)(const Dependencies&, const contracts::Json&)>;

// `held` is kept for as long as the server lives: a value, or std::cref of what outlives it.
template <typename Dependencies, std::size_t N, typename Held>
void add_methods(bus::RpcServer& server, const Method<Dependencies> (&methods)[N], const Held& held) {
  for (const auto& [name, handler] : methods)
    server.on(name, [held, run = handler](const contracts::Json& request, const bus::CallContext&) {
      return run(held, request);
    });
}

inline core::Result<contracts::Json> empty_reply(const core::Result<core::Done>& done) {
  if (!done) return done.error();
  return contracts::Json::object();
}

// Each item as `shown` has it. A list of values would copy them all.
template <typename List, typename Shown>
contracts::Json items_shown(const List& list, const Shown& shown) {
  contracts::Json items = contracts::Json::array();
  for (const auto& item : list) items.push_back(shown(item));
  contracts::Json reply = contracts::Json::object();
  reply["items"] = std::move(items);
  return reply;
}

// Of anything that has a to_json of its own.
template <typename List>
core::Result<contracts::Json> items_reply(const core::Result<List>& list) {
  if (!list) return list.error();
  return items_shown(*list, [](const auto& item) { return to_json(item); });
}

// A page of a list: its items, and where the next page begins, null after the last.
template <typename Page, typename Shown>
core::Result<contracts::Json> page_reply(const core::Result<Page>& page, const Shown& shown) {
  if (!page) return page.error();
  contracts::Json reply = items_shown(page->items, shown);
  reply["nextCursor"] = page->next_cursor ? contracts::Json(*page->next_cursor) : contracts::Json(nullptr);
  return reply;
}
template <typename Page>
core::Result<contracts::Json> page_reply(const core::Result<Page>& page) {
  return page_reply(page, [](const auto& item) { return to_json(item); });
}

}  // namespace turnkey::registry
