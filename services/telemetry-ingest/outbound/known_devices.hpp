// SPDX-License-Identifier: Apache-2.0
// The devices that the registry announced: which attributes they declare, and which one is the button. In
// memory; kept in the database so that a restart does not need the registry. Devices of one recipe share what
// they declare. The higher revision wins, so the order of arrival does not matter. Thread safe.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "contracts/attribute.hpp"
#include "contracts/messages.hpp"

namespace turnkey::ingest {

struct DeviceForm {
  contracts::Attributes attributes;
  std::string register_attribute;
  std::string fault_attribute;  // "" when none says so
};

struct DeviceRow {
  std::string device_id;
  std::int64_t revision = 0;
  bool deleted = false;
  std::shared_ptr<const DeviceForm> form;
};

class KnownDevices {
 public:
  void learn(const contracts::DeviceEvent& event);
  void restore(const std::string& device_id, std::int64_t revision, bool deleted,
               const std::string& attributes_json, const std::string& register_attribute,
               const std::string& fault_attribute);

  // Nothing when it is unknown or deleted.
  std::shared_ptr<const DeviceForm> form_of(const std::string& device_id) const;
  bool deleted(const std::string& device_id) const;  // for good: an id is never given again
  std::optional<std::string> register_attribute_of(const std::string& device_id) const;

  // What was learnt and is not in the database yet.
  std::vector<DeviceRow> unsaved(std::size_t limit);
  void save_again(const std::vector<DeviceRow>& rows);  // they could not be saved
  std::size_t size() const;

 private:
  struct Device {
    std::int64_t revision = -1;
    bool deleted = false;
    bool unsaved = false;
    std::shared_ptr<const DeviceForm> form;
  };
  std::shared_ptr<const DeviceForm> shared(DeviceForm form);
  bool put(const std::string& device_id, std::int64_t revision, bool deleted,
           std::shared_ptr<const DeviceForm> form);
  void mark_unsaved(const std::string& device_id, Device& device);

  mutable std::mutex mutex_;
  std::unordered_map<std::string, Device> devices_;
  std::unordered_map<std::string, std::weak_ptr<const DeviceForm>> forms_;  // by their JSON
  std::vector<std::string> unsaved_;
};

}  // namespace turnkey::ingest
