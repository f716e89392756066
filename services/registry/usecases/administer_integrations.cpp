// SPDX-License-Identifier: Apache-2.0
#include "usecases/administer_integrations.hpp"

#include "core/hash.hpp"
#include "core/random.hpp"
#include "domain/webhook.hpp"
#include "outbound/events.hpp"
#include "outbound/pg_devices.hpp"
#include "outbound/pg_groups.hpp"
#include "outbound/pg_ledger.hpp"

namespace turnkey::registry {
namespace {

using pg_integrations::Stored;

constexpr int kMostInAGroup = 20;

// An actor and an integration that is theirs, with the groups from the root to its own.
struct Theirs {
  User actor;
  Stored stored;
  std::vector<core::GroupId> path;
};

core::Result<Theirs> find_theirs(pqxx::work& tx, const core::UserId& actor_id,
                                 const core::IntegrationId& id) {
  const auto actor = load_actor(tx, actor_id);
  if (!actor) return actor.error();
  auto stored = pg_integrations::find(tx, id);
  if (!stored || !actor->may_administer()) return core::not_found();
  Theirs theirs{*actor, std::move(*stored), {}};
  if (const auto& group_id = theirs.stored.integration.group_id) {
    const auto group = pg_groups::find(tx, *group_id);
    if (!group) return core::not_found();  // it was erased since
    theirs.path = group->path;
  }
  if (!actor->is_operator() && !actor->sees(theirs.path)) return core::not_found();
  return theirs;
}

// Looked at before the lock too: what is not theirs must not be told by how long the answer takes.
core::Result<Theirs> lock_theirs(pqxx::work& tx, const core::UserId& actor_id,
                                 const core::IntegrationId& id) {
  const auto before = find_theirs(tx, actor_id, id);
  if (!before) return before.error();
  pg_integrations::lock(tx, id);
  return find_theirs(tx, actor_id, id);
}

void write_line(pqxx::work& tx, const Theirs& theirs, std::string act, core::Timestamp now) {
  const Integration& integration = theirs.stored.integration;
  contracts::Json types = contracts::Json::array();
  for (const auto type : integration.events) types.push_back(to_string(type));
  LedgerEntry entry;
  entry.act = std::move(act);
  entry.at = now;
  entry.user_id = theirs.actor.id;
  entry.groups = theirs.path;
  entry.detail = {{"integrationId", integration.id.str()},
                  {"name", integration.name},
                  {"events", types},
                  {"webhook", integration.webhook_url.has_value()}};
  pg_ledger::append(tx, {entry});
}

// At a revision that was drawn before any integration is locked.
std::string new_key(pqxx::work& tx, Stored& stored, std::int64_t revision, core::Timestamp now) {
  const std::string password = core::random_hex(32);
  stored.user = core::random_uuid();
  events::credentials_changed(
      tx, pg_integrations::change_keys(tx, stored.integration.id,
                                       pg_integrations::NewKey{stored.user, core::sha256_hex(password)},
                                       revision, now));
  return password;
}

std::string new_secret(const Sealer& sealer, Stored& stored) {
  const std::string secret = new_webhook_secret();
  stored.webhook_secret_sealed = sealer.seal(secret, webhook_place(stored.integration.id));
  return secret;
}

void check_url(const WebhookClient& webhooks, const std::optional<std::string>& url,
               std::vector<core::FieldError>& errors) {
  if (!url || url->empty()) return;
  if (auto refusal = webhooks.refusal(*url)) errors.push_back(std::move(*refusal));
}

core::Error some_are_wrong(std::vector<core::FieldError> errors) {
  return core::invalid("Some fields are not right.", std::move(errors));
}

}  // namespace

std::string webhook_place(const core::IntegrationId& id) { return "webhook " + id.str(); }

core::Result<std::vector<Stored>> list_integrations(const Context& context, const core::UserId& actor_id) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<std::vector<Stored>> {
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    if (!actor->may_administer()) return core::not_found();
    return pg_integrations::list(tx, *actor);
  });
}

core::Result<ShownIntegration> create_integration(const IntegrationTools& tools, const core::UserId& actor_id,
                                                  const NewIntegration& wanted) {
  return change(tools.context, [&](pqxx::work& tx) -> core::Result<ShownIntegration> {
    pg_groups::lock_tree(tx, false);
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    if (!actor->may_administer()) return core::not_found();
    const auto group = wanted.group_id ? pg_groups::find(tx, *wanted.group_id) : std::nullopt;
    std::vector<core::FieldError> errors;
    if (wanted.group_id ? !group || !actor->sees(group->path) : !actor->is_operator())
      errors.push_back({"groupId", "unknown", "an own group is needed"});
    check_url(tools.webhooks, wanted.webhook_url, errors);
    if (!errors.empty()) return some_are_wrong(std::move(errors));
    const auto revision =
        pg_devices::next_revisions(tx);  // and nobody else makes one until this is committed
    if (pg_integrations::count_in(tx, wanted.group_id) >= kMostInAGroup)
      return core::conflict("There are twenty integrations of this group already.", "too_many_integrations");
    const core::Timestamp now = tools.context.clock.now();
    ShownIntegration made;
    made.stored.integration = {
        core::IntegrationId::random(), wanted.name, wanted.group_id, wanted.events, wanted.webhook_url, now};
    if (wanted.webhook_url) made.secrets.webhook_secret = new_secret(tools.sealer, made.stored);
    pg_integrations::insert(tx, made.stored, actor_id);
    made.secrets.mqtt_password = new_key(tx, made.stored, revision, now);
    write_line(tx, {*actor, made.stored, group ? group->path : std::vector<core::GroupId>{}},
               "integration.created", now);
    return made;
  });
}

core::Result<ShownIntegration> update_integration(const IntegrationTools& tools, const core::UserId& actor_id,
                                                  const IntegrationEdit& edit) {
  return change(tools.context, [&](pqxx::work& tx) -> core::Result<ShownIntegration> {
    auto theirs = lock_theirs(tx, actor_id, edit.id);
    if (!theirs) return theirs.error();
    std::vector<core::FieldError> errors;
    check_url(tools.webhooks, edit.webhook_url, errors);
    if (!errors.empty()) return some_are_wrong(std::move(errors));
    Stored& stored = theirs->stored;
    IntegrationSecrets secrets;
    if (edit.name) stored.integration.name = *edit.name;
    if (edit.events) stored.integration.events = *edit.events;
    if (edit.webhook_url && edit.webhook_url->empty()) {
      stored.integration.webhook_url.reset();
      stored.webhook_secret_sealed.clear();
    } else if (edit.webhook_url) {
      stored.integration.webhook_url = edit.webhook_url;
      if (stored.webhook_secret_sealed.empty()) secrets.webhook_secret = new_secret(tools.sealer, stored);
    }
    pg_integrations::update(tx, stored);
    write_line(tx, *theirs, "integration.changed", tools.context.clock.now());
    return ShownIntegration{*pg_integrations::find(tx, edit.id), secrets};
  });
}

core::Result<ShownIntegration> rotate_integration(const IntegrationTools& tools, const core::UserId& actor_id,
                                                  const core::IntegrationId& id) {
  return change(tools.context, [&](pqxx::work& tx) -> core::Result<ShownIntegration> {
    const auto before = find_theirs(tx, actor_id, id);
    if (!before) return before.error();
    const auto revision = pg_devices::next_revisions(tx);
    auto theirs = lock_theirs(tx, actor_id, id);
    if (!theirs) return theirs.error();
    const core::Timestamp now = tools.context.clock.now();
    IntegrationSecrets secrets;
    secrets.mqtt_password = new_key(tx, theirs->stored, revision, now);
    if (theirs->stored.integration.webhook_url)
      secrets.webhook_secret = new_secret(tools.sealer, theirs->stored);
    pg_integrations::update(tx, theirs->stored);
    write_line(tx, *theirs, "integration.rotated", now);
    return ShownIntegration{theirs->stored, secrets};
  });
}

core::Result<core::Done> delete_integration(const Context& context, const core::UserId& actor_id,
                                            const core::IntegrationId& id) {
  return change(context, [&](pqxx::work& tx) -> core::Result<core::Done> {
    const auto before = find_theirs(tx, actor_id, id);
    if (!before) return before.error();
    const auto revision = pg_devices::next_revisions(tx);
    const auto theirs = lock_theirs(tx, actor_id, id);
    if (!theirs) return theirs.error();
    const core::Timestamp now = context.clock.now();
    events::credentials_changed(tx, pg_integrations::change_keys(tx, id, std::nullopt, revision, now));
    pg_integrations::remove(tx, id);
    write_line(tx, *theirs, "integration.deleted", now);
    return core::Done{};
  });
}

core::Result<DeliveryPage> list_deliveries(const Context& context, const core::UserId& actor_id,
                                           const core::IntegrationId& id, std::int64_t before, int limit) {
  return context.pool.transaction([&](pqxx::work& tx) -> core::Result<DeliveryPage> {
    const auto theirs = find_theirs(tx, actor_id, id);
    if (!theirs) return theirs.error();
    DeliveryPage page{pg_deliveries::list(tx, id, before, limit + 1), std::nullopt};
    if (page.items.size() > static_cast<std::size_t>(limit)) {
      page.items.pop_back();
      page.next_cursor = std::to_string(page.items.back().id);
    }
    return page;
  });
}

}  // namespace turnkey::registry
