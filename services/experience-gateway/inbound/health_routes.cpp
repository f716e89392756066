// SPDX-License-Identifier: Apache-2.0
#include "inbound/health_routes.hpp"

#include <array>
#include <fstream>
#include <future>

#include "config.hpp"
#include "contracts/topics.hpp"
#include "domain/backup_mark.hpp"

namespace turnkey::gateway {
namespace {

using contracts::Json;
using core::Result;
using http::Request;
using http::Response;

constexpr std::chrono::milliseconds kPatience{2500};  // a service that needs longer is not well
constexpr std::size_t kLargestMark = 64 * 1024;       // bytes
using Ask = Result<Json> (Services::*)(std::string_view, const Json&, std::chrono::milliseconds);

struct Asked {
  const char* name;
  Ask ask;
};

constexpr std::array kAsked = {Asked{"registry", &Services::registry},
                               Asked{"provisioning", &Services::provisioning},
                               Asked{"telemetry-ingest", &Services::telemetry}};

Json part_of(const char* name, const Result<Json>& report) {
  if (report && report->is_object()) return *report;
  return {{"service", name}, {"silent", true}};
}

// All at once: what is away costs its time once.
Json parts_of(Services& services) {
  std::array<std::future<Result<Json>>, kAsked.size()> answers;
  for (std::size_t i = 0; i < kAsked.size(); ++i) {
    answers.at(i) = std::async(std::launch::async, [&services, one = kAsked.at(i)] {
      return (services.*one.ask)("health", Json::object(), kPatience);
    });
  }
  Json parts = Json::array();
  for (std::size_t i = 0; i < kAsked.size(); ++i)
    parts.push_back(part_of(kAsked.at(i).name, answers.at(i).get()));
  return parts;
}

Json backup_of(const std::string& file) {
  if (file.empty()) return {{"watched", false}};
  std::ifstream in(file, std::ios::binary);
  std::string text(kLargestMark, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  const auto completed = completed_backup({text.data(), static_cast<std::size_t>(in.gcount())});
  return {{"watched", true}, {"completedAt", completed ? Json(core::to_iso(*completed)) : Json()}};
}

}  // namespace

HealthRoutes::HealthRoutes(bus::Client& client, const service::Health& own) : own_(own) {
  client.subscribe(std::string(contracts::topics::kBrokerHealth), 1, [this](const bus::Message& message) {
    const auto health = contracts::parse_json(message.payload);
    if (!health || !health->is_object()) return;
    const std::lock_guard lock(mutex_);
    broker_ = *health;
  });
}

Json HealthRoutes::broker() const {
  const std::lock_guard lock(mutex_);
  return broker_;
}

void HealthRoutes::add(const Routes& routes) {
  routes.add("GET", "/api/health",
             [this](const Routes& r, const Request&, const Session& session) -> Result<Response> {
               if (!session.is_operator()) return core::not_found();
               Json parts = parts_of(r.services);
               parts.insert(parts.begin(), own_.report());
               return http::json_response({{"at", core::to_iso(r.clock.now())},
                                           {"services", std::move(parts)},
                                           {"broker", broker()},
                                           {"backup", backup_of(r.config.backup_metrics_file)}});
             });
}

}  // namespace turnkey::gateway
