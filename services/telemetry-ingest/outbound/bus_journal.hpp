// SPDX-License-Identifier: Apache-2.0
// What ingest says to the broker's journal ($CONTROL/turnkey/journal).
#pragma once

#include "bus/client.hpp"
#include "usecases/ports.hpp"

namespace turnkey::ingest {

class BusJournal final : public JournalControl {
 public:
  explicit BusJournal(bus::Client& client) : client_(client) {}
  bool hello() override;
  bool tell(const std::vector<SpooledIndexes>& ranges) override;

 private:
  bool publish(std::string payload);
  bus::Client& client_;
};

}  // namespace turnkey::ingest
