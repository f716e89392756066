// SPDX-License-Identifier: Apache-2.0
#include "inbound/provisioning_streams.hpp"

#include "contracts/topics.hpp"
#include "inbound/patience.hpp"

namespace turnkey::gateway {
namespace {

namespace topics = contracts::topics;
using contracts::Json;

}  // namespace

Json shown_provisioning(const contracts::ProvisioningView& view, std::int64_t version, core::Timestamp now) {
  Json json = contracts::to_json(view);
  json["serverTime"] = core::to_iso(now);
  json["version"] = version;
  return json;
}

ProvisioningStreams::ProvisioningStreams(bus::Client& client, Services& services, const Access& access,
                                         bus::Worker& worker, const core::Clock& clock)
    : services_(services), access_(access), worker_(worker), clock_(clock) {
  client.subscribe(std::string(topics::kPressAll), 1,
                   [this](const bus::Message& message) { on_press(message); });
  client.subscribe(std::string(topics::kStatusAll), 1,
                   [this](const bus::Message& message) { on_status(message); });
}

core::Result<core::Done> ProvisioningStreams::open(const std::shared_ptr<http::EventStream>& stream,
                                                   const std::string& id, const Session& session) {
  const auto parsed = core::ProvisioningId::parse(id);
  if (!parsed) return core::not_found();
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    number = next_number_++;
    by_provisioning_[*parsed].emplace(number, Viewer{stream, session.reader(), {}, 0});
  }
  stream->on_closed([this, provisioning = *parsed, number] { closed(provisioning, number); });
  return check(*parsed, number);
}

void ProvisioningStreams::closed(const core::ProvisioningId& id, std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  const auto it = by_provisioning_.find(id);
  if (it == by_provisioning_.end()) return;
  it->second.erase(number);
  if (it->second.empty()) by_provisioning_.erase(it);
}

void ProvisioningStreams::send_state(Viewer& viewer, const char* event,
                                     const contracts::ProvisioningView& view, std::int64_t version) const {
  viewer.stream->send(
      {std::to_string(++viewer.events), event, shown_provisioning(view, version, clock_.now()).dump()});
  if (viewer.live.ended()) viewer.stream->finish();
}

void ProvisioningStreams::on_press(const bus::Message& message) {
  const auto id = topics::provisioning_of_press(message.topic);
  const auto press = contracts::decode_press(message.payload);
  if (!id || !press) return;
  const std::lock_guard lock(mutex_);
  const auto it = by_provisioning_.find(*id);
  if (it == by_provisioning_.end()) return;
  for (auto& [number, viewer] : it->second) {
    const auto shown = viewer.live.take_press(*press);
    if (!shown) continue;
    const Json body = {{"presses", shown->presses},
                       {"requiredPresses", shown->required_presses},
                       {"at", core::to_iso(shown->at)}};
    viewer.stream->send({std::to_string(++viewer.events), "press", body.dump()});
  }
}

void ProvisioningStreams::on_status(const bus::Message& message) {
  const auto status = contracts::decode_provisioning_status(message.payload);
  if (!status) return;
  const std::lock_guard lock(mutex_);
  const auto it = by_provisioning_.find(status->provisioning.id);
  if (it == by_provisioning_.end()) return;
  for (auto& [number, viewer] : it->second) {
    if (viewer.live.take_status(*status)) send_state(viewer, "status", status->provisioning, status->version);
  }
}

template <typename Which>
void ProvisioningStreams::check_where(const Which& which) {
  for (auto& [id, viewers] : by_provisioning_) {
    for (auto& [number, viewer] : viewers) {
      if (viewer.check_queued || !which(viewer.reader)) continue;
      viewer.check_queued = true;
      worker_.push_always([this, id = id, number = number] { check_or_end(id, number); });
    }
  }
}

void ProvisioningStreams::user_changed(const core::UserId& user) {
  const std::lock_guard lock(mutex_);
  check_where([&](const Reader& reader) { return reader.user_id == user; });
}

void ProvisioningStreams::check_all() {
  const std::lock_guard lock(mutex_);
  check_where([](const Reader&) { return true; });
}

void ProvisioningStreams::check_ended_sessions(core::Timestamp now) {
  const std::lock_guard lock(mutex_);
  check_where([&](const Reader& reader) { return reader.expires_at <= now; });
}

ProvisioningStreams::Viewer* ProvisioningStreams::find(const core::ProvisioningId& id, std::uint64_t number) {
  const auto it = by_provisioning_.find(id);
  if (it == by_provisioning_.end()) return nullptr;
  const auto viewer = it->second.find(number);
  return viewer == it->second.end() ? nullptr : &viewer->second;
}

void ProvisioningStreams::check_or_end(const core::ProvisioningId& id, std::uint64_t number) {
  if (ask_patiently(stopping_, [&] { return check(id, number); })) return;
  const std::lock_guard lock(mutex_);
  if (Viewer* viewer = find(id, number)) viewer->stream->finish();
}

// Is it still this user's, and what is its state? The answer is shown when it is news.
core::Result<core::Done> ProvisioningStreams::check(const core::ProvisioningId& id, std::uint64_t number) {
  std::string token;
  {
    const std::lock_guard lock(mutex_);
    Viewer* viewer = find(id, number);
    if (viewer == nullptr) return core::Done{};
    viewer->check_queued = false;
    token = viewer->reader.token;
  }
  const auto session = access_.session_by_token(token);
  if (!session) return session.error();
  if (!session->may_provision()) return core::not_found();
  const auto reply = services_.provisioning("get", acting(session->user_id, {{"id", id.str()}}));
  if (!reply) return reply.error();
  const auto view = contracts::decode_provisioning(reply->at("provisioning"));
  if (!view) return core::internal("The provisioning service sent what cannot be read.");
  const std::int64_t version = reply->at("version").get<std::int64_t>();
  const std::lock_guard lock(mutex_);
  if (Viewer* viewer = find(id, number)) send_snapshot(*viewer, *view, version);
  return core::Done{};
}

void ProvisioningStreams::send_snapshot(Viewer& viewer, const contracts::ProvisioningView& view,
                                        std::int64_t version) const {
  if (viewer.live.take_snapshot(view, version)) send_state(viewer, "snapshot", view, version);
  const auto newer = viewer.live.take_kept_status();
  if (newer) send_state(viewer, "status", newer->provisioning, newer->version);
}

}  // namespace turnkey::gateway
