// SPDX-License-Identifier: Apache-2.0
#include "outbound/outbox_sender.hpp"

#include "contracts/json.hpp"
#include "service/log.hpp"

namespace turnkey::provisioning {
namespace {

constexpr auto kLedgerTimeout = std::chrono::seconds(1);
constexpr auto kLedgerRest = std::chrono::seconds(1);

}  // namespace

bool OutboxSender::send(const pg::OutboxEntry& entry) {
  try {
    if (entry.kind == outbox::kWindows)
      return announcer_.publish_windows(core::DeviceId::trusted(entry.payload), true);
    if (entry.kind == outbox::kStatus) {
      const std::string id = entry.key.substr(entry.key.find(' ') + 1);
      return announcer_.publish_status(core::ProvisioningId::trusted(id), entry.payload, true);
    }
    if (entry.kind == outbox::kBlink) return blink(entry);
    return append_to_ledger(entry);
  } catch (const std::exception& error) {
    service::log_warning("a line of the outbox waits", {{"kind", entry.kind}, {"reason", error.what()}});
    return false;
  }
}

bool OutboxSender::blink(const pg::OutboxEntry& entry) {
  const auto line = contracts::Json::parse(entry.payload);
  const auto id = core::ProvisioningId::trusted(line.at("provisioningId").get<std::string>());
  const auto asked_at = core::from_iso(line.at("askedAt").get<std::string>());
  return !asked_at || announcer_.publish_blink(id, *asked_at, clock_.now());
}

bool OutboxSender::append_to_ledger(const pg::OutboxEntry& entry) {
  if (std::chrono::steady_clock::now() < ledger_rests_until_) return false;
  const auto line = contracts::parse_json(entry.payload);
  const auto reply = line ? caller_.call("registry", "append_ledger", *line, "", kLedgerTimeout)
                          : core::Result<contracts::Json>(line.error());
  if (reply) return true;
  if (reply.error().code == core::ErrorCode::invalid) {
    // It would be refused for ever and hold up the lines behind it.
    service::log_error("the registry refuses a ledger line",
                       {{"line", entry.payload}, {"reason", reply.error().message}});
    return true;
  }
  ledger_rests_until_ = std::chrono::steady_clock::now() + kLedgerRest;
  return false;
}

}  // namespace turnkey::provisioning
