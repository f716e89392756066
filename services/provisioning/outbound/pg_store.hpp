// SPDX-License-Identifier: Apache-2.0
// Provisionings in PostgreSQL. Every change of a device's windows is one transaction under that device's
// advisory lock, so replicas may work side by side. Thread safe; owned by the App.
#pragma once

#include <utility>

#include "pg/pool.hpp"
#include "usecases/ports.hpp"

namespace turnkey::provisioning {

namespace outbox {
inline constexpr const char* kWindows = "windows";  // payload: the device's id
inline constexpr const char* kStatus = "status";    // payload: the message
inline constexpr const char* kLedger = "ledger";    // payload: the request
inline constexpr const char* kBlink = "blink";      // payload: the provisioning, and when it was asked for
}  // namespace outbox

class PgStore final : public Store {
 public:
  explicit PgStore(pg::Pool& pool) : pool_(pool) {}

  Changes change(const core::DeviceId& device, core::Timestamp now, const Body& body) override;
  std::optional<Provisioning> find(const core::ProvisioningId& id) override;
  std::optional<Provisioning> opened_with(const core::UserId& user, const std::string& key) override;
  std::vector<Provisioning> open_windows() override;
  std::vector<Provisioning> waiting_beside(const core::DeviceId& device, core::Timestamp at,
                                           std::size_t limit) override;
  std::vector<Provisioning> told_of(const core::Serial& serial) override;
  core::Result<Scan> begin_scan(const core::UserId& user, const core::Serial& serial,
                                core::Timestamp now) override;
  void forget_scan(const Scan& scan) override;
  void keep_scan(const Scan& scan) override;
  void note(const Fact& fact) override;
  std::vector<core::DeviceId> devices_due(core::Timestamp now, bool bursts) override;
  std::vector<Provisioning> take_unanswered(core::Timestamp now) override;
  void purge(core::Timestamp now) override;

  std::vector<Provisioning> open_windows_of(const core::DeviceId& device);
  // Devices with an open window, or one that ended at `since` or later.
  std::vector<core::DeviceId> devices_to_tell(core::Timestamp since);
  std::int64_t open_count();

 private:
  pg::Pool& pool_;
};

}  // namespace turnkey::provisioning
