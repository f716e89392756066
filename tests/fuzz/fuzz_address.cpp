// SPDX-License-Identifier: Apache-2.0
// Addresses and ranges of them (CIDR). A line feed parts a range from an address.
#include "core/address_range.hpp"
#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace turnkey::core;
  using turnkey::fuzz::must;
  const auto [first, second] = turnkey::fuzz::halves(turnkey::fuzz::text_of(data, size));
  const auto range = AddressRange::parse(first);
  const auto address = IpAddress::parse(second);
  if (address) must(IpAddress::parse(address->str()) == address);
  if (address) must(AddressRange::parse(address->str())->contains(*address));
  if (!range) return 0;
  must(AddressRange::parse(range->str()) == range);
  const std::string text = range->str();
  const auto base = IpAddress::parse(text.substr(0, text.find('/')));
  must(base && range->contains(*base));
  if (address) (void)range->contains(*address);
  return 0;
}
