// SPDX-License-Identifier: Apache-2.0
#include "fleet.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "contracts/json.hpp"
#include "core/serial.hpp"

namespace turnkey::simulator {

core::Result<std::vector<Identity>> read_identities(const std::string& file) {
  std::ifstream in(file);
  if (!in) return core::invalid("The file " + file + " cannot be read.");
  std::ostringstream text;
  text << in.rdbuf();
  const auto json = contracts::parse_json(text.str());
  if (!json) return json.error();
  if (!json->is_array()) return core::invalid("The file " + file + " must hold a list of devices.");
  std::vector<Identity> identities;
  for (const auto& item : *json) {
    contracts::ObjectReader reader(item, "devices." + std::to_string(identities.size()));
    Identity identity{reader.text("serial", 4, 64), reader.text("deviceId", 24, 24), reader.text("accessKey"),
                      reader.text("accessSecret"), reader.optional_boolean("running").value_or(false)};
    if (!reader.ok()) return reader.error();
    identities.push_back(std::move(identity));
  }
  return identities;
}

Fleet::Fleet(std::vector<Identity> identities, const Network& network,
             const std::string& register_attribute) {
  for (auto& identity : identities) {
    devices_.push_back(std::make_unique<Device>(std::move(identity), network, register_attribute));
  }
}

Fleet::~Fleet() {
  stopping_ = true;
  if (clock_.joinable()) clock_.join();
}

void Fleet::connect() {
  for (auto& device : devices_) device->connect();
}

void Fleet::run(std::chrono::milliseconds interval) {
  clock_ = std::thread([this, interval] { loop(interval); });
}

void Fleet::loop(std::chrono::milliseconds interval) {
  using Clock = std::chrono::steady_clock;
  std::vector<Clock::time_point> last(devices_.size(), Clock::now());
  const auto share = interval / std::max<std::size_t>(devices_.size(), 1);
  auto next = Clock::now();
  for (std::size_t i = 0; !stopping_ && !devices_.empty(); i = (i + 1) % devices_.size()) {
    next += share;
    while (!stopping_ && Clock::now() < next) {
      std::this_thread::sleep_for(
          std::min<Clock::duration>(next - Clock::now(), std::chrono::milliseconds(100)));
    }
    const auto now = Clock::now();
    devices_[i]->report(std::chrono::duration<double>(now - last[i]).count());
    last[i] = now;
  }
}

Device* Fleet::find(const std::string& serial) {
  const auto wanted = core::Serial::parse(serial);
  for (auto& device : devices_) {
    if (wanted && device->identity().serial == wanted->str()) return device.get();
  }
  return nullptr;
}

}  // namespace turnkey::simulator
