// SPDX-License-Identifier: Apache-2.0
#include "outbound/known_devices.hpp"

#include <algorithm>

namespace turnkey::ingest {
namespace {

constexpr const char* kDeleted = "deleted";
constexpr std::size_t kFormsBeforeSweep = 64;

}  // namespace

std::shared_ptr<const DeviceForm> KnownDevices::shared(DeviceForm one) {
  const std::string key =
      one.register_attribute + " " + one.fault_attribute + " " + contracts::to_json(one.attributes).dump();
  auto& known = forms_[key];
  if (auto form = known.lock()) return form;
  auto form = std::make_shared<const DeviceForm>(std::move(one));
  known = form;
  if (forms_.size() % kFormsBeforeSweep == 0)
    std::erase_if(forms_, [](const auto& entry) { return entry.second.expired(); });
  return form;
}

bool KnownDevices::put(const std::string& device_id, std::int64_t revision, bool deleted,
                       std::shared_ptr<const DeviceForm> form) {
  auto& device = devices_[device_id];
  if (revision <= device.revision) return false;
  device.revision = revision;
  device.deleted = deleted;
  device.form = std::move(form);
  return true;
}

void KnownDevices::learn(const contracts::DeviceEvent& event) {
  const std::lock_guard lock(mutex_);
  const std::string& id = event.device_id.str();
  const bool newer = put(id, event.revision, event.event == kDeleted,
                         shared({event.attributes, event.register_attribute, event.fault_attribute}));
  if (newer) mark_unsaved(id, devices_[id]);
}

void KnownDevices::restore(const std::string& device_id, std::int64_t revision, bool deleted,
                           const std::string& attributes_json, const std::string& register_attribute,
                           const std::string& fault_attribute) {
  const auto json = contracts::Json::parse(attributes_json, nullptr, false);
  const std::lock_guard lock(mutex_);
  put(device_id, revision, deleted,
      shared({contracts::attributes_from_own_json(json), register_attribute, fault_attribute}));
}

std::shared_ptr<const DeviceForm> KnownDevices::form_of(const std::string& device_id) const {
  const std::lock_guard lock(mutex_);
  const auto it = devices_.find(device_id);
  if (it == devices_.end() || it->second.deleted) return nullptr;
  return it->second.form;
}

bool KnownDevices::deleted(const std::string& device_id) const {
  const std::lock_guard lock(mutex_);
  const auto it = devices_.find(device_id);
  return it != devices_.end() && it->second.deleted;
}

std::optional<std::string> KnownDevices::register_attribute_of(const std::string& device_id) const {
  const auto form = form_of(device_id);
  if (form == nullptr || form->register_attribute.empty()) return std::nullopt;
  return form->register_attribute;
}

void KnownDevices::mark_unsaved(const std::string& device_id, Device& device) {
  if (device.unsaved) return;
  device.unsaved = true;
  unsaved_.push_back(device_id);
}

std::vector<DeviceRow> KnownDevices::unsaved(std::size_t limit) {
  const std::lock_guard lock(mutex_);
  std::vector<DeviceRow> rows;
  while (!unsaved_.empty() && rows.size() < limit) {
    auto& device = devices_[unsaved_.back()];
    device.unsaved = false;
    rows.push_back({unsaved_.back(), device.revision, device.deleted, device.form});
    unsaved_.pop_back();
  }
  return rows;
}

void KnownDevices::save_again(const std::vector<DeviceRow>& rows) {
  const std::lock_guard lock(mutex_);
  for (const auto& row : rows) mark_unsaved(row.device_id, devices_[row.device_id]);
}

std::size_t KnownDevices::size() const {
  const std::lock_guard lock(mutex_);
  return devices_.size();
}

}  // namespace turnkey::ingest
