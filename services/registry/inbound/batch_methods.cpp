// SPDX-License-Identifier: Apache-2.0
#include <functional>

#include "core/hash.hpp"
#include "core/seal.hpp"
#include "domain/tags.hpp"
#include "inbound/json.hpp"
#include "inbound/rpc_methods.hpp"
#include "inbound/rpc_shapes.hpp"
#include "outbound/pg_batch_texts.hpp"
#include "usecases/read_batches.hpp"
#include "usecases/register_batch.hpp"

namespace turnkey::registry {
namespace {

using bus::CallContext;
using contracts::Json;
using contracts::ObjectReader;
using core::Result;

constexpr std::size_t kHexId = 24;
constexpr int kMostPages = 1000;

std::string read_key(ObjectReader& in, const char* name) {
  auto key = core::from_hex(in.text(name, 2 * core::kSealKeyBytes, 2 * core::kSealKeyBytes));
  if (!key || key->size() != core::kSealKeyBytes) in.wrong(name, "malformed", "64 hex characters are needed");
  return key.value_or("");
}

std::string read_request_id(ObjectReader& in) {
  const std::string id = in.text("uploadId", kHexId, kHexId);
  if (!core::is_hex_id(id)) in.wrong("uploadId", "malformed", "24 lower-case hex characters are needed");
  return id;
}

Result<Json> on_append_batch_input(const Context& context, const Json& request) {
  ObjectReader in(request);
  in.allow_only({"actor", "idempotencyKey", "uploadId", "index", "inputKey", "text"});
  Chunk chunk;
  chunk.actor = read_actor(in);
  chunk.idempotency_key = in.text("idempotencyKey", 1, 128);
  chunk.upload_id = read_request_id(in);
  chunk.index = static_cast<int>(in.integer("index", 0, pg_batch_texts::kMaxChunks - 1));
  chunk.key = read_key(in, "inputKey");
  chunk.text = in.text("text", 1, pg_batch_texts::kMaxChunk);
  if (chunk.text.size() > pg_batch_texts::kMaxChunk)
    in.wrong("text", "too_long", "at most 512 KiB are allowed");
  if (!in.ok()) return in.error();
  return empty_reply(append_batch_input(context, chunk));
}

Json plan_json(const PlanSummary& plan, const std::vector<BatchColumns::Column>& columns) {
  Json json = {{"rows", plan.rows},
               {"create", plan.create},
               {"unchanged", plan.unchanged},
               {"provisioned", plan.provisioned},
               {"bad", plan.bad},
               {"columns", Json::array()},
               {"sample", Json::array()}};
  for (const auto& column : columns)
    json["columns"].push_back({{"name", column.name}, {"meaning", column.meaning}});
  for (const auto& [line, group, device] : plan.sample) {
    Json row = {
        {"line", line}, {"serial", device.serial}, {"name", device.name}, {"tags", to_json(device.tags)}};
    if (device.group_id) row["group"] = group;
    if (device.model) row["model"] = *device.model;
    json["sample"].push_back(std::move(row));
  }
  return json;
}

Json errors_json(const BatchErrors& errors) {
  Json list = Json::array();
  for (const auto& error : errors.named())
    list.push_back(
        {{"line", error.line}, {"column", error.column}, {"code", error.code}, {"message", error.message}});
  return list;
}

const char* name_of(BatchAnswer::Outcome outcome) {
  switch (outcome) {
    case BatchAnswer::Outcome::planned:
      return "planned";
    case BatchAnswer::Outcome::refused:
      return "refused";
    case BatchAnswer::Outcome::unchanged:
      return "unchanged";
    case BatchAnswer::Outcome::registered:
      return "registered";
  }
  return "";
}

BatchRequest read_request(ObjectReader& in) {
  in.allow_only({"actor", "recipeId", "uploadId", "chunks", "inputKey", "count", "dryRun", "skipBad",
                 "idempotencyKey"});
  BatchRequest batch;
  batch.actor = read_actor(in);
  batch.recipe_id = in.id<core::RecipeId>("recipeId");
  batch.request_id = read_request_id(in);
  if (in.present("count")) {
    batch.count = static_cast<std::size_t>(in.integer("count", 1, kMaxGenerated));
  } else {
    const auto chunks = static_cast<int>(in.integer("chunks", 0, pg_batch_texts::kMaxChunks));
    batch.upload = Upload{batch.request_id, chunks, read_key(in, "inputKey")};
  }
  batch.dry_run = in.optional_boolean("dryRun").value_or(false);
  batch.skip_bad = in.optional_boolean("skipBad").value_or(false);
  batch.idempotency_key = in.text("idempotencyKey", 1, 128);
  return batch;
}

Result<BatchAnswer> run_batch(const Context& context, Imports& imports, const BatchRequest& batch) try {
  return register_batch(context, imports, batch);
} catch (const RunsElsewhere&) {
  throw bus::AnsweredElsewhere();
}

Result<Json> on_register_batch(const Context& context, Imports& imports, const Json& request) {
  ObjectReader in(request);
  const BatchRequest batch = read_request(in);
  if (!in.ok()) return in.error();
  const auto answer = run_batch(context, imports, batch);
  if (!answer) return answer.error();
  Json reply = {{"outcome", name_of(answer->outcome)},
                {"plan", plan_json(answer->plan, answer->columns)},
                {"errors", errors_json(answer->errors)},
                {"errorCount", answer->errors.count()}};
  if (answer->outcome != BatchAnswer::Outcome::registered) return reply;
  reply["batchId"] = answer->batch_id.str();
  reply["pages"] = answer->pages;
  reply["outputKey"] = core::to_hex(answer->output_key);
  return reply;
}

Result<Json> on_read_batch_output(const Context& context, const Json& request) {
  ObjectReader in(request);
  const auto actor = read_actor(in);
  const auto batch = in.id<core::BatchId>("batchId");
  const auto page = static_cast<int>(in.integer("page", 0, kMostPages));
  const auto key = read_key(in, "outputKey");
  if (!in.ok()) return in.error();
  const auto text = read_batch_output(context, actor, batch, page, key);
  if (!text) return text.error();
  return Json{{"text", *text}};
}

Result<Json> on_drop_batch_output(const Context& context, const Json& request) {
  ObjectReader in(request);
  const auto actor = read_actor(in);
  const auto batch = in.id<core::BatchId>("batchId");
  const auto key = read_key(in, "outputKey");
  if (!in.ok()) return in.error();
  return empty_reply(drop_batch_output(context, actor, batch, key));
}

Result<Json> on_get_batch_progress(const Context& context, const Json& request) {
  ObjectReader in(request);
  const auto actor = read_actor(in);
  const auto key = in.text("idempotencyKey", 1, 128);
  if (!in.ok()) return in.error();
  const auto progress = get_batch_progress(context, actor, key);
  if (!progress) return progress.error();
  return Json{{"phase", progress->phase}, {"rows", progress->rows}, {"done", progress->done}};
}

Json batch_json(const pg_batches::Listed& listed) {
  Json json = {{"id", listed.batch.id.str()},
               {"recipeId", listed.batch.recipe_id.str()},
               {"recipeName", listed.recipe_name},
               {"createdAt", core::to_iso(listed.batch.created_at)},
               {"createdBy", nullptr},
               {"devices", listed.batch.devices},
               {"provisioned", listed.batch.provisioned}};
  if (listed.created_by)
    json["createdBy"] = {{"name", listed.created_by->name}, {"email", listed.created_by->email}};
  return json;
}

Json cursor_of(const std::optional<std::string>& cursor) { return cursor ? Json(*cursor) : Json(nullptr); }

Result<Json> on_list_batches(const Context& context, const Json& request) {
  ObjectReader in(request);
  const auto actor = read_actor(in);
  const auto recipe = in.optional_id<core::RecipeId>("recipe");
  const auto before = in.optional_id<core::BatchId>("cursor");
  const auto limit = static_cast<int>(in.optional_integer("limit", 1, 200).value_or(50));
  if (!in.ok()) return in.error();
  const auto page = list_batches(context, actor, recipe, before, limit);
  if (!page) return page.error();
  Json items = Json::array();
  for (const auto& item : page->items) items.push_back(batch_json(item));
  return Json{{"items", items}, {"nextCursor", cursor_of(page->next_cursor)}};
}

Result<Json> on_get_batch(const Context& context, const Json& request) {
  ObjectReader in(request);
  const auto actor = read_actor(in);
  const auto id = in.id<core::BatchId>("id");
  if (!in.ok()) return in.error();
  const auto batch = get_batch(context, actor, id);
  if (!batch) return batch.error();
  return Json{{"batch", batch_json(*batch)}};
}

Result<Json> on_list_batch_devices(const Context& context, const Json& request) {
  ObjectReader in(request);
  const auto actor = read_actor(in);
  const auto id = in.id<core::BatchId>("id");
  const auto after = in.optional_text("cursor", 0, 64).value_or("");
  const auto limit = static_cast<int>(in.optional_integer("limit", 1, 5000).value_or(1000));
  if (!in.ok()) return in.error();
  const auto page = list_batch_devices(context, actor, id, after, limit);
  if (!page) return page.error();
  Json items = Json::array();
  for (const auto& device : page->items) {
    items.push_back({{"serial", device.serial}, {"name", device.name}});
    if (device.model) items.back()["model"] = *device.model;
  }
  return Json{{"items", items}, {"nextCursor", cursor_of(page->next_cursor)}};
}

}  // namespace

void add_batch_methods(bus::RpcServer& server, const Context& context, Imports& imports) {
  static constexpr Method<Context> kMethods[] = {
      {"append_batch_input", on_append_batch_input},
      {"read_batch_output", on_read_batch_output},
      {"drop_batch_output", on_drop_batch_output},
      {"get_batch_progress", on_get_batch_progress},
      {"list_batches", on_list_batches},
      {"get_batch", on_get_batch},
      {"list_batch_devices", on_list_batch_devices},
  };
  add_methods(server, kMethods, std::cref(context));
  server.on("register_batch", [&context, &imports](const Json& request, const CallContext&) {
    return on_register_batch(context, imports, request);
  });
}

}  // namespace turnkey::registry
