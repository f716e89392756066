// SPDX-License-Identifier: Apache-2.0
#include "usecases/read_batches.hpp"

#include "outbound/pg_batch_texts.hpp"

namespace turnkey::registry {
namespace {

// An import says how far it is several times a second, but for the longest of its statements.
constexpr auto kSilent = std::chrono::minutes(1);
constexpr std::size_t kMostBytes = 2 * 1024 * 1024;  // of a page of devices: a reply is 4 MiB at most

// Runs `body` for an operator; batches do not exist for anybody else.
template <typename Body>
auto for_operator(const Context& context, const core::UserId& actor_id, Body&& body) {
  return context.pool.transaction([&](pqxx::work& tx) -> decltype(body(tx)) {
    const auto actor = load_actor(tx, actor_id);
    if (!actor) return actor.error();
    if (!actor->is_operator()) return core::not_found();
    return body(tx);
  });
}

std::size_t bytes_of(const pg_batches::ListedDevice& device) {
  return device.serial.size() + device.name.size() + device.model.value_or("").size();
}

}  // namespace

core::Result<std::string> read_batch_output(const Context& context, const core::UserId& actor,
                                            const core::BatchId& batch, int page, const std::string& key) {
  return for_operator(context, actor, [&](pqxx::work& tx) -> core::Result<std::string> {
    auto text = pg_batch_texts::output(tx, batch, page, key, context.clock.now());
    if (!text) return core::not_found();
    return std::move(*text);
  });
}

core::Result<core::Done> drop_batch_output(const Context& context, const core::UserId& actor,
                                           const core::BatchId& batch, const std::string& key) {
  return for_operator(context, actor, [&](pqxx::work& tx) -> core::Result<core::Done> {
    if (!pg_batch_texts::output(tx, batch, 0, key, context.clock.now())) return core::not_found();
    pg_batch_texts::drop_outputs(tx, batch);
    return core::Done{};
  });
}

core::Result<pg_batches::Progress> get_batch_progress(const Context& context, const core::UserId& actor,
                                                      const std::string& idempotency_key) {
  return for_operator(context, actor, [&](pqxx::work& tx) -> core::Result<pg_batches::Progress> {
    auto progress = pg_batches::progress(tx, actor, idempotency_key);
    if (!progress) return core::not_found();
    const bool over = progress->phase == "finished" || progress->phase == "failed";
    if (!over && context.clock.now() - progress->updated_at > kSilent) progress->phase = "failed";
    return std::move(*progress);
  });
}

core::Result<BatchPage> list_batches(const Context& context, const core::UserId& actor,
                                     const std::optional<core::RecipeId>& recipe,
                                     const std::optional<core::BatchId>& before, int limit) {
  return for_operator(context, actor, [&](pqxx::work& tx) -> core::Result<BatchPage> {
    BatchPage page{pg_batches::list(tx, recipe, before, limit + 1), std::nullopt};
    if (page.items.size() > static_cast<std::size_t>(limit)) {
      page.items.pop_back();
      page.next_cursor = page.items.back().batch.id.str();
    }
    return page;
  });
}

core::Result<pg_batches::Listed> get_batch(const Context& context, const core::UserId& actor,
                                           const core::BatchId& id) {
  return for_operator(context, actor, [&](pqxx::work& tx) -> core::Result<pg_batches::Listed> {
    auto batch = pg_batches::find(tx, id);
    if (!batch) return core::not_found();
    return std::move(*batch);
  });
}

core::Result<BatchDevicePage> list_batch_devices(const Context& context, const core::UserId& actor,
                                                 const core::BatchId& id, const std::string& after,
                                                 int limit) {
  return for_operator(context, actor, [&](pqxx::work& tx) -> core::Result<BatchDevicePage> {
    if (!pg_batches::find(tx, id)) return core::not_found();
    BatchDevicePage page{pg_batches::devices(tx, id, after, limit + 1), std::nullopt};
    std::size_t bytes = 0;
    std::size_t fitting = 0;
    while (fitting < page.items.size() && fitting < static_cast<std::size_t>(limit) && bytes < kMostBytes)
      bytes += bytes_of(page.items[fitting++]);
    if (fitting == page.items.size()) return page;
    page.items.resize(fitting);
    page.next_cursor = page.items.back().serial;
    return page;
  });
}

void sweep_batches(const Context& context) {
  context.pool.transaction([&](pqxx::work& tx) { pg_batches::sweep(tx, context.clock.now()); });
}

}  // namespace turnkey::registry
