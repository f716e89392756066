// SPDX-License-Identifier: Apache-2.0
// What reaches the broker's plugin: control messages, access keys, its settings' roots, its services file,
// and the entries of its journal, which a kill or a bad disk may have left in any state.
#include "domain/access_key.hpp"
#include "domain/journal_entry.hpp"
#include "domain/service_users.hpp"
#include "fuzz.hpp"
#include "inbound/control_messages.hpp"

namespace {

using namespace turnkey::broker;
using turnkey::fuzz::must;

void try_entry(std::string_view bytes) {
  JournalEntry entry;
  std::size_t size = 0;
  if (decode_entry(bytes, entry, size) != Decoded::entry) return;
  must(size <= bytes.size() && size <= kMaxEntryBytes);
  std::string written;
  encode_entry(entry, written);
  must(written == bytes.substr(0, size));
}

// An entry of these bytes, whole, torn and with a bit turned.
void try_damage(std::string_view bytes, unsigned chosen) {
  const auto [topic, payload] = turnkey::fuzz::halves(bytes);
  if (topic.empty() || topic.size() > 512) return;
  std::string written;
  encode_entry({chosen, 1'795'384'085'130, chosen % 2 == 1, topic, payload}, written);
  JournalEntry entry;
  std::size_t size = 0;
  must(decode_entry(written, entry, size) == Decoded::entry && size == written.size());
  must(entry.topic == topic && entry.payload == payload && entry.index == chosen);
  must(decode_entry(std::string_view(written).substr(0, chosen % written.size()), entry, size) ==
       Decoded::incomplete);
  written[chosen % written.size()] ^= '\x10';
  must(decode_entry(written, entry, size) != Decoded::entry);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto text = turnkey::fuzz::text_of(data, size).substr(1);
  switch (data[0] % 6) {
    case 0:
      (void)decode_credential_changes(text);
      break;
    case 1:
      (void)decode_journal_control(text);
      break;
    case 2:
      try_entry(text);
      break;
    case 3:
      try_damage(text, data[0]);
      break;
    case 4:
      (void)ServiceUsers::parse(std::string(text));
      break;
    default:
      (void)AccessKey::parse(text);
      (void)DeviceId::parse(text);
  }
  return 0;
}
