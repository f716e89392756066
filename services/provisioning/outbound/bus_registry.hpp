// SPDX-License-Identifier: Apache-2.0
// The registry and the ingest service, asked over the bus. Thread safe.
#pragma once

#include "bus/rpc.hpp"
#include "usecases/ports.hpp"

namespace turnkey::provisioning {

class BusRegistry final : public Registry {
 public:
  explicit BusRegistry(bus::RpcCaller& caller) : caller_(caller) {}
  core::Result<Device> find_device(const core::UserId& user, const core::Serial& serial,
                                   Deadline deadline) override;
  core::Result<MayProvision> who_may_provision(const core::DeviceId& device,
                                               const std::vector<core::UserId>& users,
                                               Deadline deadline) override;
  core::Result<core::Done> check(const Assignment& assignment, Deadline deadline) override;
  core::Result<std::string> assign(const Assignment& assignment, Deadline deadline) override;

 private:
  core::Result<contracts::Json> call(std::string_view method, const contracts::Json& request,
                                     Deadline deadline);
  bus::RpcCaller& caller_;
};

class BusIngest final : public Ingest {
 public:
  explicit BusIngest(bus::RpcCaller& caller) : caller_(caller) {}
  core::Result<std::vector<Press>> recent_presses(const std::vector<Provisioning>& windows) override;

 private:
  bus::RpcCaller& caller_;
};

}  // namespace turnkey::provisioning
