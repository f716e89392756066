// SPDX-License-Identifier: Apache-2.0
#include "domain/acl.hpp"

#include <algorithm>
#include <array>

namespace turnkey::broker {
namespace {

constexpr std::size_t kMaxTopicLength = 512;
constexpr std::size_t kMaxLevelLength = 128;
// TURNKEY_INSTANCE has 64 at most; a service's second connection appends a word of its own.
constexpr std::size_t kMaxInstanceLength = 80;

struct Line {
  std::string_view service;
  Access access;
  std::string_view pattern;  // `R` as first level (after a share) stands for each device root
};

constexpr auto kSub = Access::subscribe;
constexpr auto kPub = Access::publish;

constexpr std::array kTable = {
    Line{"registry", kSub, "$share/registry/rpc/registry/+"},
    Line{"registry", kSub, "presence/+"},
    Line{"registry", kSub, "rpc-replies/{client}"},
    Line{"registry", kPub, "registry/devices/+"},
    Line{"registry", kPub, "registry/users/+"},
    Line{"registry", kPub, "$CONTROL/turnkey/credentials"},
    Line{"registry", kPub, "events/+"},
    Line{"registry", kPub, "rpc-replies/+"},

    Line{"provisioning", kSub, "$share/provisioning/rpc/provisioning/+"},
    Line{"provisioning", kSub, "$share/provisioning/provisioning/+/press"},
    Line{"provisioning", kSub, "registry/devices/+"},
    Line{"provisioning", kSub, "rpc-replies/{client}"},
    Line{"provisioning", kPub, "provisioning/windows/+"},
    Line{"provisioning", kPub, "provisioning/+/status"},
    Line{"provisioning", kPub, "rpc/registry/+"},
    Line{"provisioning", kPub, "rpc/telemetry-ingest/recent_presses"},
    Line{"provisioning", kPub, "R/+/command"},
    Line{"provisioning", kPub, "rpc-replies/+"},

    Line{"telemetry-ingest", kSub, "$share/telemetry-ingest/R/+/state"},
    Line{"telemetry-ingest", kSub, "$share/telemetry-ingest/rpc/telemetry-ingest/+"},
    Line{"telemetry-ingest", kSub, "provisioning/windows/+"},
    Line{"telemetry-ingest", kSub, "registry/devices/+"},
    Line{"telemetry-ingest", kSub, "presence/+"},
    Line{"telemetry-ingest", kSub, "rpc-replies/{client}"},
    Line{"telemetry-ingest", kPub, "provisioning/+/press"},
    Line{"telemetry-ingest", kPub, "rpc/registry/+"},
    Line{"telemetry-ingest", kPub, "rpc/provisioning/stray_press"},
    Line{"telemetry-ingest", kPub, "$CONTROL/turnkey/journal"},
    Line{"telemetry-ingest", kPub, "rpc-replies/+"},

    Line{"experience-gateway", kSub, "R/+/state"},
    Line{"experience-gateway", kSub, "provisioning/+/press"},
    Line{"experience-gateway", kSub, "provisioning/+/status"},
    Line{"experience-gateway", kSub, "presence/+"},
    Line{"experience-gateway", kSub, "broker/health"},
    Line{"experience-gateway", kSub, "registry/devices/+"},
    Line{"experience-gateway", kSub, "registry/users/+"},
    Line{"experience-gateway", kSub, "rpc-replies/{client}"},
    Line{"experience-gateway", kPub, "rpc/+/+"},
    Line{"experience-gateway", kPub, "R/+/command"},
    // Reports of devices without MQTT, with the device's own key and secret, which the plugin judges.
    Line{"experience-gateway", kPub, "R/+/state"},
    Line{"experience-gateway", kPub, "R/+/login"},
};

std::string_view take_level(std::string_view& rest) {
  const std::size_t slash = rest.find('/');
  const std::string_view level = rest.substr(0, slash);
  rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
  return level;
}

std::size_t levels_of(std::string_view topic) {
  return 1 + static_cast<std::size_t>(std::count(topic.begin(), topic.end(), '/'));
}

bool level_allowed(std::string_view pattern, std::string_view level, std::string_view client_id,
                   bool wildcards) {
  if (pattern == "{client}") return level == client_id;
  if (pattern != "+") return level == pattern;
  if (level == "+") return wildcards;
  return !level.empty() && level.size() <= kMaxLevelLength && level.find_first_of("+#") == level.npos;
}

bool covers(std::string_view pattern, std::string_view topic, std::string_view client_id, bool wildcards) {
  std::size_t levels = levels_of(pattern);
  if (levels != levels_of(topic)) return false;
  while (levels-- > 0) {
    const std::string_view wanted = take_level(pattern);
    if (!level_allowed(wanted, take_level(topic), client_id, wildcards)) return false;
  }
  return true;
}

std::string without_share(std::string_view pattern) {
  if (!pattern.starts_with("$share/")) return std::string(pattern);
  take_level(pattern);
  take_level(pattern);
  return std::string(pattern);
}

// The pattern once for each root, when it has the place for one.
std::vector<std::string> expand(std::string_view pattern, const std::vector<std::string>& roots) {
  const std::string plain = without_share(pattern);
  if (!plain.starts_with("R/")) return {std::string(pattern)};
  const std::string share(pattern.substr(0, pattern.size() - plain.size()));
  std::vector<std::string> all;
  for (const std::string& root : roots) all.push_back(share + root + plain.substr(1));
  return all;
}

}  // namespace

Acl::Acl(std::vector<std::string> roots) : roots_(std::move(roots)) {
  for (const Line& line : kTable) {
    Rules& rules = services_[std::string(line.service)];
    for (const std::string& pattern : expand(line.pattern, roots_)) {
      (line.access == Access::publish ? rules.publish : rules.subscribe).push_back(pattern);
      if (line.access == Access::subscribe) rules.receive.push_back(without_share(pattern));
    }
  }
}

bool Acl::device_topic(std::string_view topic, std::string_view device_id, std::string_view last) const {
  const std::string_view root = take_level(topic);
  if (std::find(roots_.begin(), roots_.end(), root) == roots_.end()) return false;
  if (take_level(topic) != device_id) return false;
  return topic == last;
}

bool Acl::device_may(Access access, std::string_view device_id, std::string_view topic) const {
  if (device_id.empty() || topic.size() > kMaxTopicLength) return false;
  return device_topic(topic, device_id, access == Access::publish ? "state" : "command");
}

bool Acl::service_may(Access access, std::string_view service, std::string_view client_id,
                      std::string_view topic) const {
  const auto found = services_.find(service);
  if (found == services_.end() || topic.size() > kMaxTopicLength) return false;
  if (!service_client_id(service, client_id)) return false;
  const Rules& rules = found->second;
  const auto& patterns = access == Access::publish     ? rules.publish
                         : access == Access::subscribe ? rules.subscribe
                                                       : rules.receive;
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return covers(pattern, topic, client_id, access == Access::subscribe);
  });
}

bool Acl::integration_may(Access access, std::string_view integration_id, std::string_view topic) {
  return access != Access::publish && integration_of_event(topic) == integration_id;
}

std::optional<std::string_view> Acl::integration_of_event(std::string_view topic) {
  if (take_level(topic) != "events" || topic.empty() || topic.size() > kMaxLevelLength) return std::nullopt;
  if (topic.find_first_of("/+#") != topic.npos) return std::nullopt;
  return topic;
}

std::optional<std::string_view> Acl::device_of(std::string_view topic, std::string_view last) const {
  const std::string_view whole = topic;
  take_level(topic);
  const std::string_view device = take_level(topic);
  if (!device_topic(whole, device, last)) return std::nullopt;
  return device;
}

std::optional<std::string_view> Acl::device_of_state(std::string_view topic) const {
  return device_of(topic, "state");
}

std::optional<std::string_view> Acl::device_of_command(std::string_view topic) const {
  return device_of(topic, "command");
}

std::optional<std::string_view> Acl::device_of_login(std::string_view topic) const {
  return device_of(topic, "login");
}

bool Acl::known_service(std::string_view name) {
  return std::any_of(kTable.begin(), kTable.end(), [&](const Line& line) { return line.service == name; });
}

bool Acl::service_client_id(std::string_view service, std::string_view client_id) {
  if (!client_id.starts_with(service)) return false;
  const std::string_view rest = client_id.substr(service.size());
  if (rest.size() < 2 || rest.size() > 1 + kMaxInstanceLength || rest.front() != '-') return false;
  constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  return rest.find_first_not_of(kAllowed) == std::string_view::npos;
}

std::optional<std::vector<std::string>> parse_roots(std::string_view comma_separated) {
  std::vector<std::string> names;
  std::size_t begin = 0;
  while (begin <= comma_separated.size()) {
    const std::size_t end = std::min(comma_separated.find(',', begin), comma_separated.size());
    const std::string name(comma_separated.substr(begin, end - begin));
    if (name.empty() || name.size() > kMaxLevelLength || name.find_first_of("/+#$ ") != name.npos) return {};
    if (std::find(names.begin(), names.end(), name) != names.end()) return {};
    names.push_back(name);
    begin = end + 1;
  }
  return names;
}

}  // namespace turnkey::broker
