// SPDX-License-Identifier: Apache-2.0
// Registering many devices: a file goes to the registry in pieces, and its answer comes back in pages,
// because a message of the bus is small.
#include <fmt/format.h>

#include <algorithm>
#include <semaphore>

#include "core/random.hpp"
#include "inbound/routes.hpp"

namespace turnkey::gateway {
namespace {

using contracts::Json;
using core::Result;
using http::Request;
using http::Response;

constexpr std::size_t kMaxCsv = 64 * 1024 * 1024;  // bytes
constexpr std::size_t kChunk = 512 * 1024;         // bytes; as text in JSON a byte may become six
constexpr std::int64_t kMostGenerated = 100'000;
constexpr auto kPieceTimeout = std::chrono::seconds(10);
constexpr auto kImportTimeout = std::chrono::seconds(120);

// Files that one gateway holds in memory together, each with its answer.
using Places = std::counting_semaphore<2>;

struct Place {
  explicit Place(Places& of) : of_(of), taken(of.try_acquire()) {}
  ~Place() {
    if (taken) of_.release();
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  Places& of_;
  const bool taken;
};

struct Wanted {
  Json request;  // for the registry, but for what names the upload
  bool skip_bad = false;
  bool is_file = false;
};

// Between the services it is a text in JSON, which would show U+FFFD for what is none.
bool is_text(const std::string& text) {
  try {
    (void)Json(text).dump();
    return text.find('\0') == std::string::npos;
  } catch (const Json::type_error&) {
    return false;
  }
}

// The end of the piece that begins at `begin`: never within a character.
std::size_t end_of_chunk(const std::string& text, std::size_t begin) {
  std::size_t end = std::min(begin + kChunk, text.size());
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return end;
}

std::vector<std::string> chunks_of(const std::string& text) {
  std::vector<std::string> chunks;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = end_of_chunk(text, begin);
    if (end == begin) return {};  // not UTF-8
    chunks.push_back(text.substr(begin, end - begin));
    if (!is_text(chunks.back())) return {};
    begin = end;
  }
  return chunks;
}

Result<bool> flag_of(const Request& request, const char* name) {
  const std::string value = request.query_value(name).value_or("false");
  if (value == "true" || value == "false") return value == "true";
  return core::invalid("Some fields are not right.", {{name, "unknown", "true or false is needed"}});
}

Result<Wanted> read_wanted(const Request& request) {
  const auto id = id_of_path(request);
  if (!id) return id.error();
  const auto dry_run = flag_of(request, "dryRun");
  if (!dry_run) return dry_run.error();
  const auto skip_bad = flag_of(request, "skipBad");
  if (!skip_bad) return skip_bad.error();
  Wanted wanted{{{"recipeId", *id},
                 {"dryRun", *dry_run},
                 {"skipBad", *skip_bad},
                 {"idempotencyKey", idempotency_key_of(request)}},
                *skip_bad,
                request.header("content-type").starts_with("text/csv")};
  if (wanted.is_file) return wanted;
  auto body = request.json();
  if (!body) return body.error();
  contracts::ObjectReader in(*body);
  in.allow_only({"count"});
  wanted.request["count"] = in.integer("count", 1, kMostGenerated);
  if (!in.ok()) return in.error();
  return wanted;
}

// Sends the pieces, and has the registry read them.
Result<Json> ask_once(const Routes& routes, const Session& session, Json request,
                      const std::vector<std::string>& chunks) {
  const std::string upload = core::random_hex_id();
  const std::string key = core::random_hex(32);
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const auto kept =
        routes.services.registry("append_batch_input",
                                 acting(session.user_id, {{"uploadId", upload},
                                                          {"index", i},
                                                          {"inputKey", key},
                                                          {"text", chunks[i]},
                                                          {"idempotencyKey", request["idempotencyKey"]}}),
                                 kPieceTimeout);
    if (!kept) return kept.error();
  }
  request["uploadId"] = upload;
  if (!request.contains("count")) {
    request["chunks"] = chunks.size();
    request["inputKey"] = key;
  }
  return routes.services.registry("register_batch", acting(session.user_id, std::move(request)),
                                  kImportTimeout);
}

Result<Json> ask(const Routes& routes, const Session& session, const Wanted& wanted,
                 const std::string& file) {
  const auto chunks = wanted.is_file ? chunks_of(file) : std::vector<std::string>();
  if (wanted.is_file && chunks.empty() && !file.empty()) return core::invalid("The file is not UTF-8 text.");
  auto reply = ask_once(routes, session, wanted.request, chunks);
  // The registry was killed between making the batch and saying so: nobody has its secrets.
  if (!reply && reply.error().detail == "answer_lost")
    reply = ask_once(routes, session, wanted.request, chunks);
  return reply;
}

Json errors_of(const Json& reply) {
  Json errors = Json::array();
  for (const Json& error : reply.at("errors")) {
    const auto column = error.at("column").get<std::string>();
    Json shown = error;
    shown["field"] =
        fmt::format("line {}{}{}", error.at("line").get<std::int64_t>(), column.empty() ? "" : ", ", column);
    errors.push_back(std::move(shown));
  }
  return errors;
}

Response refusal(const Json& reply) {
  const auto count = reply.at("errorCount").get<std::int64_t>();
  return http::problem(
      core::invalid(fmt::format("There are {} errors in the file; nothing was registered.", count)),
      {{"errors", errors_of(reply)}, {"errorCount", count}});
}

Response plan_of(const Json& reply) {
  Json body = {{"plan", reply.at("plan")}};
  if (reply.at("errorCount") != 0) {
    body["errors"] = errors_of(reply);
    body["errorCount"] = reply.at("errorCount");
  }
  return http::json_response(body);
}

// Every page, and then the word that they were read: should they have been made anew meanwhile, what was read
// is void.
Result<std::string> read_answer(const Routes& routes, const Session& session, const Json& reply) {
  Json request =
      acting(session.user_id, {{"batchId", reply.at("batchId")}, {"outputKey", reply.at("outputKey")}});
  std::string text;
  for (int page = 0; page < reply.at("pages").get<int>(); ++page) {
    request["page"] = page;
    const auto part = routes.services.registry("read_batch_output", request, kPieceTimeout);
    if (!part) return part.error();
    text += part->at("text").get_ref<const std::string&>();
  }
  request.erase("page");
  const auto dropped = routes.services.registry("drop_batch_output", request, kPieceTimeout);
  if (!dropped) return dropped.error();
  return text;
}

Result<Response> answer_of(const Routes& routes, const Session& session, const Wanted& wanted,
                           const Json& reply) {
  auto text = read_answer(routes, session, reply);
  if (!text && text.error().code == core::ErrorCode::not_found)
    return core::unavailable("The answer was made anew for another request with the same key.");
  if (!text) return text.error();
  const auto id = reply.at("batchId").get<std::string>();
  Response response{201, std::move(*text), "text/csv; charset=utf-8", {}};
  response.headers.emplace_back("Location", "/api/batches/" + id);
  response.headers.emplace_back("X-Batch-Id", id);
  if (wanted.skip_bad)
    response.headers.emplace_back("X-Skipped",
                                  std::to_string(reply.at("plan").at("bad").get<std::int64_t>()));
  response.headers.emplace_back("Content-Disposition", "attachment; filename=\"credentials.csv\"");
  return response;
}

Result<Response> register_batch(const Routes& routes, Places& places, const Request& request,
                                const Session& session) {
  const auto wanted = read_wanted(request);
  if (!wanted) return wanted.error();
  const Place place(places);
  if (!place.taken) return core::throttled("Other files are being read just now.", std::chrono::seconds(5));
  const auto reply = ask(routes, session, *wanted, request.body);
  if (!reply) return reply.error();
  const auto outcome = reply->at("outcome").get<std::string>();
  if (outcome == "refused") return refusal(*reply);
  if (outcome == "registered") return answer_of(routes, session, *wanted, *reply);
  return plan_of(*reply);
}

Result<Response> get_progress(const Routes& routes, const Request& request, const Session& session) {
  const auto reply = routes.services.registry(
      "get_batch_progress",
      acting(session.user_id, {{"idempotencyKey", request.parameter("idempotencyKey").substr(0, 128)}}));
  if (!reply) return reply.error();
  return http::json_response(*reply);
}

Result<Response> list_batches(const Routes& routes, const Request& request, const Session& session) {
  Json filter = Json::object();
  for (const char* name : {"recipe", "cursor"})
    if (const auto value = request.query_value(name)) filter[name] = *value;
  if (const auto limit = request.query_value("limit")) filter["limit"] = number_of_query(*limit);
  const auto page = routes.services.registry("list_batches", acting(session.user_id, std::move(filter)));
  if (!page) return page.error();
  return http::json_response(*page);
}

Result<Response> get_batch(const Routes& routes, const Request& request, const Session& session) {
  const auto id = id_of_path(request);
  if (!id) return id.error();
  const auto reply = routes.services.registry("get_batch", acting(session.user_id, {{"id", *id}}));
  if (!reply) return reply.error();
  return http::json_response(reply->at("batch"));
}

}  // namespace

void add_batch_routes(const Routes& routes) {
  const auto places = std::make_shared<Places>(2);
  routes.add(
      "POST", "/api/recipes/{id}/batches",
      [places](const Routes& given, const Request& request, const Session& session) {
        return register_batch(given, *places, request, session);
      },
      kMaxCsv);
  routes.add("GET", "/api/batches", list_batches);
  routes.add("GET", "/api/batches/{id}", get_batch);
  routes.add("GET", "/api/batches/progress/{idempotencyKey}", get_progress);
}

}  // namespace turnkey::gateway
