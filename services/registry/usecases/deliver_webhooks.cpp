// SPDX-License-Identifier: Apache-2.0
#include "usecases/deliver_webhooks.hpp"

#include "core/random.hpp"
#include "domain/webhook.hpp"
#include "outbound/pg_deliveries.hpp"

namespace turnkey::registry {
namespace {

// Longer than resolving a name and the request may take together.
constexpr auto kLease = std::chrono::seconds(60);
constexpr auto kShown = std::chrono::hours(7 * 24);

using pg_deliveries::Due;

core::Result<core::Done> send(const Due& due, const Sealer& sealer, const WebhookClient& client,
                              core::Timestamp now) {
  const auto secret = sealer.open(due.secret_sealed, webhook_place(due.integration));
  if (!secret)
    return core::unavailable(
        "The signing secret was sealed with another seal key. Rotate the integration's secrets.");
  return client.post(due.url,
                     {{"webhook-id", due.event_id},
                      {"webhook-timestamp", std::to_string(core::to_epoch_ms(now) / 1000)},
                      {"webhook-signature", webhook_signature(*secret, due.event_id, now, due.body)}},
                     due.body);
}

double chance() { return static_cast<double>(core::random_below(1001)) / 1000; }

pg_deliveries::Failure failure_of(const Due& due, std::string error, core::Timestamp now) {
  pg_deliveries::Failure failure{std::move(error)};
  const auto next = now + delivery_backoff(due.attempts + 1, chance());
  if (next < due.created_at + kDeliveryGivenUp) failure.next_attempt_at = next;
  failure.receiver_paused_until = now + receiver_pause(due.receiver_failures + 1);
  return failure;
}

}  // namespace

DeliveryOutcome deliver_one(const IntegrationTools& tools, const std::function<void()>& taken) {
  const Context& context = tools.context;
  const core::Timestamp taken_at = context.clock.now();
  const auto due = context.pool.transaction(
      [&](pqxx::work& tx) { return pg_deliveries::take(tx, taken_at, taken_at + kLease); });
  if (!due) return DeliveryOutcome::nothing_due;
  taken();
  const auto sent = send(*due, tools.sealer, tools.webhooks, taken_at);
  const core::Timestamp now = context.clock.now();
  if (sent) {
    context.pool.transaction([&](pqxx::work& tx) { pg_deliveries::delivered(tx, *due); });
    return DeliveryOutcome::delivered;
  }
  const auto failure = failure_of(*due, sent.error().message, now);
  context.pool.transaction([&](pqxx::work& tx) { pg_deliveries::failed(tx, *due, failure, now); });
  return failure.next_attempt_at ? DeliveryOutcome::failed : DeliveryOutcome::given_up;
}

int sweep_deliveries(const Context& context) {
  const core::Timestamp now = context.clock.now();
  return context.pool.transaction(
      [&](pqxx::work& tx) { return pg_deliveries::sweep(tx, now - kDeliveryGivenUp, now - kShown); });
}

int waiting_deliveries(const Context& context) {
  return context.pool.transaction([](pqxx::work& tx) { return pg_deliveries::waiting(tx); });
}

}  // namespace turnkey::registry
