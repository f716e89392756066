// SPDX-License-Identifier: Apache-2.0
// Reads what devices and the broker publish, by libs/contracts, against what the devices declare. Thread
// safe.
#pragma once

#include "contracts/topics.hpp"
#include "outbound/known_devices.hpp"
#include "usecases/ports.hpp"

namespace turnkey::ingest {

class ContractReader final : public EntryReader {
 public:
  ContractReader(const KnownDevices& devices, contracts::topics::Roots roots)
      : devices_(devices), roots_(std::move(roots)) {}
  Read read(const SpoolEntry& entry) override;
  ReadMessage refuse(const SpoolEntry& entry, const std::string& reason) override;

 private:
  ReadMessage read_report(const SpoolEntry& entry, const std::string& device_id,
                          const DeviceForm& form) const;
  const KnownDevices& devices_;
  const contracts::topics::Roots roots_;
};

// For the press filter.
std::vector<FoundPress> find_presses_in(std::string_view payload, const std::string& attribute,
                                        core::Timestamp at);

}  // namespace turnkey::ingest
