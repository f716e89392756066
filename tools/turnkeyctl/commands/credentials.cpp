// SPDX-License-Identifier: Apache-2.0
// devices credentials list, add, edit, revoke: the keys with which a device signs in.
#include "commands/secrets.hpp"
#include "core/random.hpp"
#include "domain/duration.hpp"

namespace turnkey::ctl {
namespace {

struct Key {
  std::string serial;
  std::string access_key;
  std::string overlap;
  std::vector<std::string> allowed;
  bool allow_any = false;
  bool disable = false;
  bool enable = false;
  std::string valid_until;
  SecretOptions secrets;
  bool yes = false;
};

Target credentials_of(const std::string& serial) {
  return Target("/api/devices").part(serial).part("credentials");
}

Outcome<Done> list_keys(Shell& shell, const Key& key) {
  const auto api = shell.api();
  if (!api) return api.error();
  const auto document = (*api)->get(credentials_of(key.serial));
  if (!document) return document.error();
  shell.show_list(*document,
                  {{"ACCESS KEY", "/accessKey"},
                   {"STATE", "/state"},
                   {"CREATED", "/createdAt", Form::time},
                   {"VALID UNTIL", "/validUntil", Form::time},
                   {"ALLOWED ADDRESSES", "/allowedAddresses", Form::list}},
                  "/accessKey");
  return Done{};
}

Outcome<Done> add_key(Shell& shell, const Key& key) {
  auto place = SecretPlace::open(shell, key.secrets);
  if (!place) return place.error();
  Json body = Json::object();
  if (!key.overlap.empty())
    body["overlap_s"] = parse_duration(key.overlap).value_or(std::chrono::seconds(0)).count();
  if (!key.allowed.empty()) body["allowedAddresses"] = key.allowed;
  const auto api = shell.api();
  if (!api) return api.error();
  const auto reply = (*api)->post_once(credentials_of(key.serial), body, core::random_hex(16));
  if (!reply) return reply.error();
  const std::string content = "serial,access_key,access_secret\n" + key.serial + "," +
                              text_at(*reply, "/credential/accessKey") + "," +
                              text_at(*reply, "/accessSecret") + "\n";
  return place->deliver(shell, *reply, {"/accessSecret"}, content);
}

Outcome<Done> edit_key(Shell& shell, const Key& key) {
  Json changes = Json::object();
  if (key.disable || key.enable) changes["disabled"] = key.disable;
  if (key.allow_any) changes["allowedAddresses"] = Json::array();
  if (!key.allowed.empty()) changes["allowedAddresses"] = key.allowed;
  if (!key.valid_until.empty()) changes["validUntil"] = key.valid_until;
  if (changes.empty())
    return usage("Say what changes: --disable, --enable, --allow, --allow-any or --valid-until.");
  const auto api = shell.api();
  if (!api) return api.error();
  const auto reply = (*api)->patch(credentials_of(key.serial).part(key.access_key), changes);
  if (!reply) return reply.error();
  shell.show_done(*reply, "Changed the key " + key.access_key + " of " + key.serial + ".");
  return Done{};
}

Outcome<Done> revoke_key(Shell& shell, const Key& key) {
  const auto sure = shell.confirm("Revoke the key " + key.access_key + " of " + key.serial +
                                      " for good? A device that uses it is cut off.",
                                  key.yes);
  if (!sure) return sure;
  const auto api = shell.api();
  if (!api) return api.error();
  const auto reply = (*api)->remove(credentials_of(key.serial).part(key.access_key));
  if (!reply) return reply.error();
  shell.show_done(*reply, "Revoked the key " + key.access_key + ".");
  return Done{};
}

void add_edit(Commands& commands, CLI::App& group, const std::shared_ptr<Key>& key) {
  CLI::App& edit = commands.command(
      group, "edit", "switch a key off or on, limit where it may come from or how long it is valid",
      {"devices credentials edit GEN-7K3M-Q9XT-4Z KEY --disable",
       "devices credentials edit GEN-7K3M-Q9XT-4Z KEY --allow 10.1.0.0/16 --allow 10.2.0.0/16"},
      [key](Shell& shell) { return edit_key(shell, *key); });
  edit.add_option("SERIAL", key->serial, "the device")->required();
  edit.add_option("KEY", key->access_key, "the access key")->required();
  auto* disable = edit.add_flag("--disable", key->disable, "it signs in no more until it is enabled");
  edit.add_flag("--enable", key->enable, "it signs in again")->excludes(disable);
  auto* allow =
      many(edit, "--allow", key->allowed, "network (CIDR) that it may come from, in place of those before");
  edit.add_flag("--allow-any", key->allow_any, "it may come from anywhere")->excludes(allow);
  edit.add_option("--valid-until", key->valid_until, "time (ISO-8601) at which it ends");
}

}  // namespace

void add_credential_commands(Commands& commands, CLI::App& devices) {
  auto key = std::make_shared<Key>();
  CLI::App& group = commands.group(devices, "credentials", "the keys with which a device signs in");
  CLI::App& list =
      commands.command(group, "list", "the keys of a device", {"devices credentials list GEN-7K3M-Q9XT-4Z"},
                       [key](Shell& shell) { return list_keys(shell, *key); });
  list.add_option("SERIAL", key->serial, "the device")->required();
  CLI::App& add = commands.command(
      group, "add", "a new key; with --overlap the others end after that time",
      {"devices credentials add GEN-7K3M-Q9XT-4Z --overlap 7d --output key.csv",
       "devices credentials add GEN-7K3M-Q9XT-4Z --overlap 0s --allow 10.1.0.0/16 --show-secret"},
      [key](Shell& shell) { return add_key(shell, *key); });
  add.add_option("SERIAL", key->serial, "the device")->required();
  duration(add, "--overlap", key->overlap, "the other keys end after this time; without it they stay");
  many(add, "--allow", key->allowed, "network (CIDR) that it may come from");
  add_secret_options(add, key->secrets);
  add_edit(commands, group, key);
  CLI::App& revoke = commands.command(group, "revoke", "end a key for good",
                                      {"devices credentials revoke GEN-7K3M-Q9XT-4Z KEY"},
                                      [key](Shell& shell) { return revoke_key(shell, *key); });
  revoke.add_option("SERIAL", key->serial, "the device")->required();
  revoke.add_option("KEY", key->access_key, "the access key")->required();
  add_yes(revoke, key->yes);
}

}  // namespace turnkey::ctl
