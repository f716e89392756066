// SPDX-License-Identifier: Apache-2.0
#include "usecases/register_batch.hpp"

#include <pqxx/except>

#include "core/hash.hpp"
#include "outbound/pg_batch_texts.hpp"
#include "outbound/pg_recipes.hpp"
#include "usecases/batch_import.hpp"

namespace turnkey::registry {
namespace {

using Mode = BatchImport::Mode;
using Outcome = BatchAnswer::Outcome;

constexpr auto kRepeatable = std::chrono::hours(1);
constexpr auto kPatience = std::chrono::seconds(20);  // with another import that is at work
constexpr auto kComeBack = std::chrono::seconds(5);
constexpr int kAttempts = 3;

// What is answered without anything being kept of what was written.
struct RolledBack {
  BatchAnswer answer;
};

core::Error busy() { return core::throttled("Other files are being imported just now.", kComeBack); }

std::string input_hash(pqxx::work& tx, const BatchRequest& request) {
  const std::string what = request.upload ? "csv " + core::to_hex(hash_of_upload(tx, *request.upload))
                                          : std::to_string(request.count);
  const std::string how = request.skip_bad ? " without what is bad" : "";
  return std::string(core::view(core::sha256(request.recipe_id.str() + " " + what + how)));
}

std::unique_ptr<RowSource> source_of(pqxx::work& tx, const BatchRequest& request,
                                     const BatchImport::Setting& setting) {
  if (request.upload) return std::make_unique<UploadedRows>(tx, *request.upload);
  if (setting.mode == Mode::answer_again) return std::make_unique<RowsOfBatch>(tx, setting.batch.id);
  return std::make_unique<GeneratedRows>(tx, setting.recipe.serial_prefix, request.count);
}

// The mode, and the batch that there is or is to be.
core::Result<BatchImport::Setting> setting_of(pqxx::work& tx, const Context& context,
                                              const BatchRequest& request) {
  const auto actor = load_actor(tx, request.actor);
  if (!actor) return actor.error();
  auto recipe = pg_recipes::find(tx, request.recipe_id);
  if (!recipe || !actor->is_operator()) return core::not_found();
  BatchImport::Setting setting{Mode::plan, std::move(*recipe), {}, context.clock.now()};
  if (request.dry_run) return setting;
  // Whoever runs the same request elsewhere has ended afterwards, and is found.
  pg_batches::lock_imports(tx, kPatience);
  const std::string hash = input_hash(tx, request);
  if (auto batch = pg_batches::find_by_key(tx, request.actor, request.idempotency_key)) {
    if (batch->input_hash != hash || setting.now - batch->created_at > kRepeatable)
      return core::conflict("This key was used for another batch.", "idempotency_key_used");
    if (batch->upload_id == request.request_id)
      return core::conflict("The batch was made, but its answer was lost.", "answer_lost");
    setting.mode = Mode::answer_again;
    setting.batch = std::move(*batch);
    return setting;
  }
  setting.mode = Mode::make;
  setting.batch = {core::BatchId::random(), request.recipe_id, request.actor, setting.now, hash,
                   request.request_id};
  return setting;
}

core::Result<BatchAnswer> run(pqxx::work& tx, const Context& context, const BatchRequest& request,
                              ImportProgress& progress) {
  if (!pg_batches::claim_request(tx, request.request_id)) throw RunsElsewhere();
  const auto setting = setting_of(tx, context, request);
  if (!setting) return setting.error();
  if (setting->mode == Mode::answer_again) {
    pg_batch_texts::drop_outputs(tx, setting->batch.id);
    pg_batches::answered_by(tx, setting->batch.id, request.request_id);
  }
  BatchImport import(tx, context, request, *setting);
  const auto source = source_of(tx, request, *setting);
  import.read(*source, progress);
  if (import.refused()) throw RolledBack{import.answer(Outcome::refused)};
  if (setting->mode == Mode::plan) return import.answer(Outcome::planned);
  if (import.to_write() == 0) throw RolledBack{import.answer(Outcome::unchanged)};
  import.write(progress);
  return import.answer(Outcome::registered);
}

core::Result<BatchAnswer> run_until_settled(const Context& context, Imports& imports,
                                            const BatchRequest& request, ImportProgress& progress) {
  for (int attempt = 1; attempt <= kAttempts; ++attempt) {
    try {
      return imports.pool.transaction([&](pqxx::work& tx) { return run(tx, context, request, progress); });
    } catch (const RolledBack& end) {
      return end.answer;
    } catch (const pg_batches::ImportRuns&) {
      return busy();
    } catch (const WorldChanged&) {            // a group
    } catch (const pqxx::unique_violation&) {  // a device registered itself with one of the serials
    }
  }
  return busy();
}

bool runs_elsewhere(const Context& context, const BatchRequest& request) {
  return context.pool.transaction(
      [&](pqxx::work& tx) { return !pg_batches::claim_request(tx, request.request_id); });
}

struct Leaving {
  Imports& imports;
  ~Leaving() { imports.places.release(); }
};

}  // namespace

Imports::Imports(pg::PoolOptions options) : pool(std::move(options)) {}

core::Result<BatchAnswer> register_batch(const Context& context, Imports& imports,
                                         const BatchRequest& request) {
  if (!imports.places.try_acquire()) {
    if (runs_elsewhere(context, request)) throw RunsElsewhere();
    return busy();
  }
  const Leaving leaving{imports};
  ImportProgress progress(context, request);
  try {
    auto result = run_until_settled(context, imports, request, progress);
    context.wake_relay();
    const bool failed = !result || (result->outcome == Outcome::refused && !request.dry_run);
    progress.end(failed ? "failed" : "finished");
    if (request.upload && (result || result.error().code != core::ErrorCode::throttled))
      context.pool.transaction([&](pqxx::work& tx) { pg_batch_texts::drop_inputs(tx, request.upload->id); });
    return result;
  } catch (const std::exception&) {
    progress.end("failed");
    throw;
  }
}

}  // namespace turnkey::registry
