// SPDX-License-Identifier: Apache-2.0
// The ledger of the installation.
#include <atomic>

#include "inbound/routes.hpp"

namespace turnkey::gateway {
namespace {

using contracts::Json;
using core::Result;
using http::Request;
using http::Response;

constexpr auto kVerifyTimeout = std::chrono::seconds(25);
constexpr auto kPageTimeout = std::chrono::seconds(8);
constexpr int kExportsAtOnce = 2;  // each holds a thread for as long as it takes

Json query_of(const Request& request, const std::vector<std::string>& names) {
  Json query = Json::object();
  for (const auto& name : names) {
    const auto value = request.query_value(name);
    if (value && !value->empty()) query[name] = name == "limit" ? number_of_query(*value) : Json(*value);
  }
  return query;
}

Result<Response> list(const Routes& routes, const Request& request, const Session& session) {
  const auto page = routes.services.registry(
      "list_ledger", acting(session.user_id, query_of(request, {"group", "act", "serial", "person", "from",
                                                                "to", "cursor", "limit"})));
  if (!page) return page.error();
  return http::json_response(*page);
}

Result<Response> verification(const Routes& routes, const Request& request, const Session& session) {
  const auto verdict = routes.services.registry(
      "verify_ledger", acting(session.user_id, query_of(request, {"cursor"})), kVerifyTimeout);
  if (!verdict) return verdict.error();
  return http::json_response(*verdict);
}

// One of the few places for exports, given back when the last who holds it goes.
std::shared_ptr<void> take_place() {
  static std::atomic<int> taken{0};
  if (++taken > kExportsAtOnce) {
    --taken;
    return nullptr;
  }
  return {&taken, [](std::atomic<int>* count) { --*count; }};
}

// The ledger page by page, a line an object.
class Export {
 public:
  Export(const Routes& routes, std::string token, Json query, std::shared_ptr<void> place)
      : routes_(routes), token_(std::move(token)), query_(std::move(query)), place_(std::move(place)) {}

  Result<std::string> next() {
    if (ended_) return std::string();
    if (const auto session = routes_.access.session_by_token(token_); !session) return session.error();
    const auto page = routes_.services.registry("export_ledger", query_, kPageTimeout);
    if (!page) return page.error();
    std::string text;
    for (const Json& line : page->at("items")) {
      text += line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
      query_["afterSeq"] = line.at("seq");
    }
    // The lines of these times were counted with the first page.
    query_["throughSeq"] = page->at("throughSeq");
    query_.erase("from");
    query_.erase("to");
    ended_ = !page->at("more").get<bool>();
    return text;
  }

 private:
  const Routes routes_;
  const std::string token_;
  Json query_;
  const std::shared_ptr<void> place_;
  bool ended_ = false;
};

Result<Response> export_all(const Routes& routes, const Request& request, const Session& session) {
  auto place = take_place();
  if (!place) return core::throttled("The ledger is being exported already.", std::chrono::seconds(10));
  const auto pages = std::make_shared<Export>(
      routes, session.token, acting(session.user_id, query_of(request, {"from", "to"})), std::move(place));
  auto first = pages->next();
  if (!first) return first.error();
  Response response{200, std::move(*first), "application/x-ndjson", {}};
  response.headers.emplace_back("Content-Disposition", "attachment; filename=\"ledger.ndjson\"");
  response.more = [pages] { return pages->next(); };
  return response;
}

}  // namespace

void add_ledger_routes(const Routes& routes) {
  routes.add("GET", "/api/ledger", list);
  routes.add("GET", "/api/ledger/export", export_all);
  routes.add("GET", "/api/ledger/verification", verification);
}

}  // namespace turnkey::gateway
