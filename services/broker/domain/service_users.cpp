// SPDX-License-Identifier: Apache-2.0
#include "domain/service_users.hpp"

#include <algorithm>
#include <set>

#include "domain/acl.hpp"

namespace turnkey::broker {
namespace {

std::string_view bytes_of(const core::Sha256& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

core::Error line_error(std::size_t number, const std::string& what) {
  return core::invalid("line " + std::to_string(number) + " of the services file: " + what);
}

}  // namespace

core::Result<ServiceUsers> ServiceUsers::parse(std::string_view text) {
  ServiceUsers users;
  std::set<core::Sha256> seen = {core::sha256("")};
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (line.empty() || line.front() == '#') continue;
    const std::size_t colon = std::min(line.find(':'), line.size());
    const std::string name(line.substr(0, colon));
    const auto raw = core::from_hex(line.substr(std::min(colon + 1, line.size())));
    core::Sha256 hash{};
    if (!Acl::known_service(name)) return line_error(number, "there is no service of that name");
    if (!raw || raw->size() != hash.size())
      return line_error(number, "a SHA-256 in hex is needed after the name");
    std::copy(raw->begin(), raw->end(), hash.begin());
    if (!seen.insert(hash).second)
      return line_error(number, "an empty password, or one that was used before");
    if (!users.hashes_.emplace(name, hash).second) return line_error(number, "the service comes twice");
  }
  if (users.hashes_.empty()) return core::invalid("the services file names no service");
  return users;
}

bool ServiceUsers::accepts(std::string_view name, std::string_view password) const {
  const core::Sha256 hash = core::sha256(password);
  const auto found = hashes_.find(name);
  return found != hashes_.end() && core::equal_in_constant_time(bytes_of(found->second), bytes_of(hash));
}

}  // namespace turnkey::broker
