// SPDX-License-Identifier: Apache-2.0
#include "bus/client.hpp"

namespace turnkey::bus {
namespace {

std::string_view without_share(std::string_view filter) {
  constexpr std::string_view kShare = "$share/";
  if (!filter.starts_with(kShare)) return filter;
  const auto slash = filter.find('/', kShare.size());
  return slash == std::string_view::npos ? std::string_view() : filter.substr(slash + 1);
}

std::string_view take_level(std::string_view& rest, bool& more) {
  const auto slash = rest.find('/');
  const auto level = rest.substr(0, slash);
  more = slash != std::string_view::npos;
  rest.remove_prefix(more ? slash + 1 : rest.size());
  return level;
}

}  // namespace

std::optional<std::string_view> Message::user_property(std::string_view name) const {
  for (const auto& [key, value] : user) {
    if (key == name) return value;
  }
  return std::nullopt;
}

bool matches(std::string_view filter, std::string_view topic) {
  filter = without_share(filter);
  if (filter.empty() || topic.empty()) return false;
  // Wildcards at the front do not match topics that begin with $ (MQTT 5, 4.7.2).
  if (topic.front() == '$' && (filter.front() == '+' || filter.front() == '#')) return false;
  bool more_filter = true;
  bool more_topic = true;
  while (more_filter && more_topic) {
    const auto wanted = take_level(filter, more_filter);
    if (wanted == "#") return true;
    const auto level = take_level(topic, more_topic);
    if (wanted != "+" && wanted != level) return false;
  }
  return more_filter == more_topic || (more_filter && filter == "#");
}

}  // namespace turnkey::bus
