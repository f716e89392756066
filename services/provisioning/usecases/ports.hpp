// SPDX-License-Identifier: Apache-2.0
// What the use cases need from the world. Implementations are thread safe. The store throws
// core::UnavailableError when the database is away; nothing here throws for what a user can cause.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "core/unavailable.hpp"
#include "domain/device_windows.hpp"
#include "domain/provisioning.hpp"

namespace turnkey::provisioning {

using Deadline = std::chrono::steady_clock::time_point;

// A press as the ingest service republishes it; `at` is the broker's receive stamp.
struct Press {
  core::ProvisioningId provisioning;
  std::string id;  // the same press has the same id however often it comes
  core::Timestamp at;
  int count = 1;
};

// What a transaction changed, to be told.
struct Changes {
  std::vector<Provisioning> told;
  std::vector<Fact> facts;
};

// Inside a transaction on one device.
class Records {
 public:
  virtual ~Records() = default;
  // False when this press was remembered before.
  virtual bool remember_press(const Press& press) = 0;
  virtual std::optional<Provisioning> opened_with(const core::UserId& user, const std::string& key) = 0;
};

struct Scan {
  std::int64_t id = 0;
  std::size_t number = 0;  // counted among the failed ones so far, this one included
};

class Store {
 public:
  virtual ~Store() = default;
  // Runs `body` on the device's windows under the device's lock, then saves what it changed and the outbox
  // lines (windows, status, ledger, blinking), all in one transaction. The body may run again from the start.
  using Body = std::function<void(DeviceWindows&, Records&)>;
  virtual Changes change(const core::DeviceId& device, core::Timestamp now, const Body& body) = 0;

  virtual std::optional<Provisioning> find(const core::ProvisioningId& id) = 0;
  virtual std::optional<Provisioning> opened_with(const core::UserId& user, const std::string& key) = 0;
  virtual std::vector<Provisioning> open_windows() = 0;
  // Those that waited at that moment and have heard nothing, the newest first; none while the device has an
  // open window of its own.
  virtual std::vector<Provisioning> waiting_beside(const core::DeviceId& device, core::Timestamp at,
                                                   std::size_t limit) = 0;
  virtual std::vector<Provisioning> told_of(const core::Serial& serial) = 0;  // open, with its press

  // A scan counts as failed until it is forgotten, so that many at once cannot slip by; until one of the two
  // ends it, it does not count against a scan of the same serial. Throttled when there were too many.
  virtual core::Result<Scan> begin_scan(const core::UserId& user, const core::Serial& serial,
                                        core::Timestamp now) = 0;
  virtual void forget_scan(const Scan& scan) = 0;
  virtual void keep_scan(const Scan& scan) = 0;
  virtual void note(const Fact& fact) = 0;  // into the ledger, with no window concerned

  // Devices with a window whose time is up or, when wanted, a burst whose pause is over.
  virtual std::vector<core::DeviceId> devices_due(core::Timestamp now, bool bursts) = 0;
  // Claims whose answer is missing and whose next try is due; takes each for one try and sets the next one
  // later and later, so that replicas share them.
  virtual std::vector<Provisioning> take_unanswered(core::Timestamp now) = 0;
  virtual void purge(core::Timestamp now) = 0;  // what nobody asks for any more
};

struct Assignment {
  core::UserId user;
  core::DeviceId device;
  std::int64_t assignment_epoch = 0;
  core::ProvisioningId provisioning;
  Wish wish;
};

// Those to whom a device may be named. No serial where there is nobody.
struct MayProvision {
  core::Serial serial = core::Serial::trusted("");
  std::vector<core::UserId> users;
};

class Registry {
 public:
  virtual ~Registry() = default;
  // unavailable.
  virtual core::Result<MayProvision> who_may_provision(const core::DeviceId& device,
                                                       const std::vector<core::UserId>& users,
                                                       Deadline deadline) = 0;
  // not_found for every refusal; unavailable.
  virtual core::Result<Device> find_device(const core::UserId& user, const core::Serial& serial,
                                           Deadline deadline) = 0;
  // invalid with every wrong field; conflict when the epoch moved; unavailable.
  virtual core::Result<core::Done> check(const Assignment& assignment, Deadline deadline) = 0;
  // The device as JSON; errors as of `check`. The same provisioning again gives the same answer.
  virtual core::Result<std::string> assign(const Assignment& assignment, Deadline deadline) = 0;
};

class Ingest {
 public:
  virtual ~Ingest() = default;
  // Presses that reached the installation since these windows opened; unavailable.
  virtual core::Result<std::vector<Press>> recent_presses(const std::vector<Provisioning>& windows) = 0;
};

class Announcer {
 public:
  virtual ~Announcer() = default;
  // Tells what has been committed, at once and without a guarantee: the outbox has that.
  virtual void announce(const Changes& changes) noexcept = 0;
  // Has the device blink now. A device that is away does not do so minutes later.
  virtual bool identify(const core::DeviceId& device, int blinks, core::Timestamp now) = 0;
};

enum class Counted {
  press_counted,
  press_repeated,
  press_outside,
  press_without_window,
  other_press_told,
  failed_scan
};

class Counters {
 public:
  virtual ~Counters() = default;
  virtual void count(Counted what) = 0;
  virtual void count(const Fact& fact) = 0;
};

// All of it, handed to each use case. Owned by the App.
struct World {
  const core::Clock& clock;
  Store& store;
  Registry& registry;
  Ingest& ingest;
  Announcer& announcer;
  Counters& counters;
};

// One transaction on a device, told and counted when it is committed.
void change_device(World& world, const core::DeviceId& device, core::Timestamp now, const Store::Body& body);

// A step that was refused is told to the ledger too.
void note_refusal(World& world, Fact fact);

// The user's own provisioning, as it stands now; not_found for anybody else.
core::Result<Provisioning> find_own(World& world, const core::UserId& user, const core::ProvisioningId& id);

}  // namespace turnkey::provisioning
