// SPDX-License-Identifier: Apache-2.0
// Integrations: for admins those of their groups, for operators all, those of no group too. For everybody
// else they do not exist. Secrets are shown once: that of MQTT is kept as a hash, the webhook's sealed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "outbound/pg_deliveries.hpp"
#include "outbound/pg_integrations.hpp"
#include "outbound/sealer.hpp"
#include "outbound/webhook_client.hpp"
#include "usecases/context.hpp"

namespace turnkey::registry {

struct IntegrationTools {
  const Context& context;
  const Sealer& sealer;
  const WebhookClient& webhooks;  // says which URLs are allowed
};

// What was just made; "" for what was not.
struct IntegrationSecrets {
  std::string mqtt_password;
  std::string webhook_secret;
};
struct ShownIntegration {
  pg_integrations::Stored stored;
  IntegrationSecrets secrets{};
};

core::Result<std::vector<pg_integrations::Stored>> list_integrations(const Context& context,
                                                                     const core::UserId& actor);

struct NewIntegration {
  std::string name;
  std::optional<core::GroupId> group_id{};
  std::vector<EventType> events;
  std::optional<std::string> webhook_url{};
};
// `conflict` (too_many_integrations) when the group has twenty.
core::Result<ShownIntegration> create_integration(const IntegrationTools& tools, const core::UserId& actor,
                                                  const NewIntegration& wanted);

struct IntegrationEdit {
  core::IntegrationId id;
  std::optional<std::string> name{};
  std::optional<std::vector<EventType>> events{};
  // Said; "" takes the webhook and what waits for it away. The first URL makes a signing secret.
  std::optional<std::string> webhook_url{};
};
core::Result<ShownIntegration> update_integration(const IntegrationTools& tools, const core::UserId& actor,
                                                  const IntegrationEdit& edit);
// A new key and password, which cuts the session of the old, and a new signing secret where there is a
// webhook.
core::Result<ShownIntegration> rotate_integration(const IntegrationTools& tools, const core::UserId& actor,
                                                  const core::IntegrationId& id);
// Its session is cut, and what waits for it is gone.
core::Result<core::Done> delete_integration(const Context& context, const core::UserId& actor,
                                            const core::IntegrationId& id);

struct DeliveryPage {
  std::vector<pg_deliveries::Shown> items;
  std::optional<std::string> next_cursor;
};
// Deliveries that wait or were given up, newest first.
core::Result<DeliveryPage> list_deliveries(const Context& context, const core::UserId& actor,
                                           const core::IntegrationId& id, std::int64_t before, int limit);

// Where its signing secret is sealed for.
std::string webhook_place(const core::IntegrationId& id);

}  // namespace turnkey::registry
