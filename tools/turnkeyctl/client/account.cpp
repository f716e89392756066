// SPDX-License-Identifier: Apache-2.0
#include "client/account.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace turnkey::ctl {
namespace {

constexpr std::size_t kTokenHex = 64;

Failure unreadable(const std::string& path) {
  return failure(ExitCode::failed, "file",
                 path + " cannot be understood: sign in again with turnkeyctl login.");
}

}  // namespace

bool is_api_token(const std::string& text) {
  return text.size() == kTokenHex + 3 && text.starts_with("tk_") &&
         std::all_of(text.begin() + 3, text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Outcome<std::string> account_path(const World& world) {
  if (const auto folder = world.environment("XDG_CONFIG_HOME"); folder && folder->starts_with('/'))
    return *folder + "/turnkey/credentials.json";
  if (const auto home = world.environment("HOME")) return *home + "/.config/turnkey/credentials.json";
  return failure(ExitCode::failed, "file", "Neither XDG_CONFIG_HOME nor HOME says where your settings are.");
}

Outcome<std::optional<Account>> read_account(const World& world) {
  const auto path = account_path(world);
  if (!path) return path.error();
  struct stat about {};
  if (stat(path->c_str(), &about) != 0 && errno == ENOENT) return std::optional<Account>();
  const auto text = read_private(*path);
  if (!text) return text.error();
  const Json json = Json::parse(*text, nullptr, false);
  if (!json.is_object()) return unreadable(*path);
  const auto field = [&](const char* name) {
    const auto it = json.find(name);
    return it != json.end() && it->is_string() ? it->get<std::string>() : std::string();
  };
  Account account{field("url"), field("cafile"), field("token"), field("tokenId")};
  if (account.url.empty() || !is_api_token(account.token)) return unreadable(*path);
  return std::optional(std::move(account));
}

Outcome<Done> write_account(const World& world, const Account& account) {
  const auto path = account_path(world);
  if (!path) return path.error();
  Json json = {{"url", account.url}, {"cafile", account.ca_file}, {"token", account.token}};
  if (!account.token_id.empty()) json["tokenId"] = account.token_id;
  return write_private(*path, json.dump(2) + "\n");
}

Outcome<Done> remove_account(const World& world) {
  const auto path = account_path(world);
  if (!path) return path.error();
  if (unlink(path->c_str()) != 0 && errno != ENOENT)
    return failure(ExitCode::failed, "file", *path + " cannot be removed.");
  return Done{};
}

}  // namespace turnkey::ctl
