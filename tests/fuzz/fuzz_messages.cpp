// SPDX-License-Identifier: Apache-2.0
// JSON of any bytes through every reader of libs/contracts. The first byte chooses the message. What is
// accepted, written anew, is accepted again and says the same.
#include "contracts/messages.hpp"
#include "fuzz.hpp"

namespace {

using namespace turnkey::contracts;
using turnkey::fuzz::must;

template <typename Decode>
void try_message(std::string_view text, Decode decode) {
  const auto message = decode(text);
  if (!message) {
    must(!to_json(message.error()).dump().empty());
    return;
  }
  const std::string written = to_json(*message).dump();
  const auto again = decode(written);
  must(again.has_value() && to_json(*again).dump() == written);
}

void try_windows(std::string_view text) {
  const auto windows = decode_windows(text);
  if (!windows) return;
  const std::string written = encode_windows(*windows);
  if (written.empty()) return;
  const auto again = decode_windows(written);
  must(again.has_value() && encode_windows(*again) == written);
}

void try_error(std::string_view text) {
  const auto json = parse_json(text);
  if (!json) return;
  const Json written = to_json(error_from_json(*json));
  must(to_json(error_from_json(written)) == written);
}

void try_attributes(std::string_view text) {
  const auto json = parse_json(text);
  if (!json) return;
  const Attributes attributes = attributes_from_own_json(*json);
  must(attributes_from_own_json(to_json(attributes)) == attributes);
}

// Every kind of field of a foreign object.
void try_object(std::string_view text) {
  const auto json = parse_json(text);
  if (!json) return;
  ObjectReader in(*json, "a");
  in.allow_only({"t", "i", "b", "at", "id", "o", "l"});
  const std::string text_field = in.text("t", 0, 8);
  const auto number = in.integer("i", -5, 5);
  must(number >= -5 && number <= 5);
  (void)in.optional_boolean("b");
  (void)in.optional_time("at");
  (void)in.optional_id<turnkey::core::DeviceId>("id");
  (void)in.optional_object("o");
  if (const Json* list = in.optional_array("l", 3)) must(list->size() <= 3);
  if (in.ok()) must(text_field.size() <= 8UL * 4);
  if (!in.ok()) must(!to_json(in.error()).dump().empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto text = turnkey::fuzz::text_of(data, size).substr(1);
  switch (data[0] % 10) {
    case 0:
      try_message(text, decode_presence);
      break;
    case 1:
      try_message(text, decode_broker_boot);
      break;
    case 2:
      try_message(text, [](std::string_view payload) { return decode_device_event(payload); });
      break;
    case 3:
      try_message(text, decode_user_event);
      break;
    case 4:
      try_message(text, decode_press);
      break;
    case 5:
      try_message(text, decode_provisioning_status);
      break;
    case 6:
      try_windows(text);
      break;
    case 7:
      try_error(text);
      break;
    case 8:
      try_attributes(text);
      break;
    default:
      try_object(text);
  }
  return 0;
}
