// SPDX-License-Identifier: Apache-2.0
// Erasing a person or a tenant everywhere. The registry knows whom and what it is about, and forgets it last:
// whatever breaks off in between, the same request again finishes it.
#include "inbound/routes.hpp"

namespace turnkey::gateway {
namespace {

using contracts::Json;
using core::Result;
using http::Request;
using http::Response;

constexpr std::chrono::seconds kHistoryTime{20};
constexpr std::chrono::seconds kUsualTime{15};

class Erasure {
 public:
  Erasure(const Routes& routes, const Session& session, const char* method, std::string id)
      : services_(routes.services), session_(session), method_(method), id_(std::move(id)) {}

  Result<Json> run(bool apply) {
    const auto plan = registry(false);
    if (!plan) return plan.error();
    if (apply && plan->at("devices") != 0)
      return core::conflict("Devices are in it still: release or delete them first.", "devices_remain");
    const auto provisioned = services_.provisioning(
        "erase", {{"users", plan->at("users")}, {"groups", plan->at("groups")}, {"apply", apply}},
        kUsualTime);
    if (!provisioned) return provisioned.error();
    const auto measured = services_.telemetry(
        "erase_history", {{"tenures", plan->at("tenures")}, {"apply", apply}}, kHistoryTime);
    if (!measured) return measured.error();
    rows_ = {{"provisioning", provisioned->at("rows")}, {"telemetry", measured->at("rows")}};
    const bool finished = measured->at("finished").get<bool>();
    if (!apply || !finished) return shown(*plan, apply, finished);
    const auto done = registry(true);
    if (!done) return done.error();
    return shown(*done, true, true);
  }

 private:
  Result<Json> registry(bool apply) {
    return services_.registry(
        method_, acting(session_.user_id, {{"id", id_}, {"apply", apply}, {"elsewhere", rows_}}), kUsualTime);
  }

  // Ids alone: whose they were is nobody's any more.
  Json shown(const Json& erasure, bool applied, bool finished) const {
    Json rows = rows_;
    if (finished || !applied) rows["registry"] = erasure.at("rows");
    return {{"at", erasure.at("at")},
            {"by", session_.user_id.str()},
            {"applied", applied},
            {"finished", finished},
            {"users", erasure.at("users")},
            {"groups", erasure.at("groups")},
            {"tenures", erasure.at("tenures")},
            {"devices", erasure.at("devices")},
            {"rows", std::move(rows)},
            {"ledger", value_or_null(erasure, "ledger")}};
  }

  Services& services_;
  const Session& session_;
  const char* method_;
  const std::string id_;
  Json rows_ = Json::object();
};

Result<Response> erase(const Routes& routes, const Request& request, const Session& session,
                       const char* method) {
  if (!session.is_operator()) return core::not_found();
  const auto fields = fields_of(request, {"apply"});
  if (!fields) return fields.error();
  const Json apply = fields->value("apply", Json(false));
  if (!apply.is_boolean())
    return core::invalid("Some fields are not right.", {{"apply", "wrong_type", "true or false is needed"}});
  const auto id = id_of_path(request);
  if (!id) return id.error();
  const auto done = Erasure(routes, session, method, *id).run(apply.get<bool>());
  if (!done) return done.error();
  return http::json_response(*done);
}

}  // namespace

void add_erasure_routes(const Routes& routes) {
  routes.add("POST", "/api/users/{id}/erasure",
             [](const auto& all, const auto& request, const auto& session) {
               return erase(all, request, session, "erase_user");
             });
  routes.add("POST", "/api/groups/{id}/erasure",
             [](const auto& all, const auto& request, const auto& session) {
               return erase(all, request, session, "erase_group");
             });
}

}  // namespace turnkey::gateway
