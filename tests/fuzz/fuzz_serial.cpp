// SPDX-License-Identifier: Apache-2.0
// Serials as people type, scan and import them, and their check characters.
#include "core/serial.hpp"
#include "fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using turnkey::core::Serial;
  using turnkey::fuzz::must;
  const auto serial = Serial::parse(turnkey::fuzz::text_of(data, size));
  if (!serial) return 0;
  const std::string& text = serial->str();
  must(text.size() >= 4 && text.size() <= 64);
  must(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == text.npos);
  must(Serial::parse(text) == serial);
  must(Serial::parse(" " + text + "\n") == serial);
  (void)turnkey::core::carries_check_characters(*serial, {"GEN", "A"});
  if (!turnkey::core::check_characters_right(*serial)) return 0;
  // One wrong character is always known: the last one becomes another of the alphabet.
  std::string wrong = text;
  const auto last = wrong.find_last_not_of('-');
  wrong[last] = wrong[last] == '7' ? '8' : '7';
  must(!turnkey::core::check_characters_right(Serial::trusted(wrong)));
  return 0;
}
