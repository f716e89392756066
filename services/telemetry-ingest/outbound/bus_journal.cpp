// SPDX-License-Identifier: Apache-2.0
#include "outbound/bus_journal.hpp"

#include "contracts/messages.hpp"
#include "contracts/topics.hpp"

namespace turnkey::ingest {
namespace {

constexpr std::chrono::milliseconds kAnswer{2000};

}  // namespace

bool BusJournal::publish(std::string payload) {
  bus::Publication publication;
  publication.topic = contracts::topics::kControlJournal;
  publication.payload = std::move(payload);
  return client_.publish_and_wait(publication, kAnswer);
}

bool BusJournal::hello() { return publish(contracts::encode_journal_hello()); }

bool BusJournal::tell(const std::vector<SpooledIndexes>& ranges) {
  std::vector<contracts::SpooledRange> out;
  for (const auto& range : ranges)
    out.push_back({range.segment.journal, range.segment.segment, range.from, range.to});
  return publish(contracts::encode_journal_spooled(out));
}

}  // namespace turnkey::ingest
