// SPDX-License-Identifier: Apache-2.0
#include "page.hpp"

#include "domain/led.hpp"
#include "page_files.hpp"

namespace turnkey::simulator {
namespace {

using contracts::Json;

http::Response file(std::string_view text, const char* content_type) {
  return {200, std::string(text), content_type, {{"Content-Security-Policy", "default-src 'self'"}}};
}

// The whole of the blinking, so that the page shows each flash by its own clock however late an answer is,
// and a script knows what a person would count.
Json blink_of(const Shown& shown) {
  if (shown.blinks == 0) return nullptr;
  return {{"number", shown.blinking_number},
          {"times", shown.blinks},
          {"elapsed_ms", shown.blinking_for.count()},
          {"pause_ms", Led::kPause.count()},
          {"on_ms", Led::kOn.count()},
          {"off_ms", Led::kOff.count()}};
}

Json to_json(const Device& device) {
  const Shown shown = device.shown();
  return {{"serial", device.identity().serial}, {"connected", shown.connected}, {"led", shown.led},
          {"blink", blink_of(shown)},           {"running", shown.running},     {"reports", shown.reports},
          {"lastCommand", shown.last_command}};
}

core::Result<http::Response> press(Fleet& fleet, const http::Request& request) {
  const auto json = request.json();
  if (!json) return json.error();
  contracts::ObjectReader in(*json);
  in.allow_only({"times"});
  const auto times = in.optional_integer("times", 1, 20).value_or(1);
  if (!in.ok()) return in.error();
  Device* device = fleet.find(request.parameter("serial"));
  if (device == nullptr) return core::not_found("No simulated device has this serial.");
  if (!device->press(static_cast<int>(times))) {
    return core::unavailable("The simulated device is not connected to the broker; the press was not sent.");
  }
  return http::json_response(to_json(*device));
}

}  // namespace

void add_page(http::Server& server, Fleet& fleet) {
  server.route("GET", "/", [](const auto&) { return file(kPageHtml, "text/html; charset=utf-8"); });
  server.route("GET", "/page.css", [](const auto&) { return file(kPageCss, "text/css"); });
  server.route("GET", "/page.js", [](const auto&) { return file(kPageJs, "text/javascript"); });
  server.route("GET", "/api/devices", [&fleet](const auto&) {
    Json items = Json::array();
    for (const auto& device : fleet.devices()) items.push_back(to_json(*device));
    return http::json_response({{"items", std::move(items)}});
  });
  server.route("POST", "/api/devices/{serial}/press",
               [&fleet](const auto& request) { return press(fleet, request); });
}

}  // namespace turnkey::simulator
