// SPDX-License-Identifier: Apache-2.0
// Which reports are presses, and which provisionings learn of them.
//
//   a report of a device with open windows, pressed   -> one announcement for each window that holds its
//   stamp; a window that is heard of after its press -> the same (the two messages travel different ways,
//   and that of the window may come late, when it is told again)
//
//   a report of a device that has none, pressed       -> a stray press, for who waits beside another device
//
// Never announced: what is marked as retained or as a duplicate, what was seen before (by the report's id),
// what a device sends as a backlog, the release of a button. Time is the broker's stamp. Not thread safe.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "domain/press_memory.hpp"

namespace turnkey::ingest {

struct OpenWindow {
  std::string provisioning_id;
  core::Timestamp started_at;
  core::Timestamp expires_at;
  bool holds(core::Timestamp at) const { return at >= started_at && at <= expires_at; }
  bool operator==(const OpenWindow&) const = default;
};

struct SeenReport {
  std::string device_id;
  std::string report_id;
  core::Timestamp at;   // the broker's stamp
  bool marked = false;  // as retained or as a duplicate: it proves nothing
  std::string payload;
};

struct FoundPress {
  std::size_t index = 0;
  int count = 1;
  bool released = false;
  core::Millis older_than_newest{0};
};

// Not the release of a button, nor one of a backlog by the device's own clock: that was not made now.
bool counts_as_press(const FoundPress& found);

struct Announcement {
  std::string provisioning_id;
  Press press;
};

// A press just now of a device that has no window.
struct StrayPress {
  std::string device_id;
  core::Timestamp at;
  bool somebody_waits = false;  // there is a window of another device
};

struct Heard {
  std::vector<Announcement> told{};
  std::optional<StrayPress> stray{};
};

class PressFilter {
 public:
  // Reads a payload for an attribute.
  using Find = std::function<std::vector<FoundPress>(std::string_view payload, const std::string& attribute,
                                                     core::Timestamp at)>;
  // The register attribute of a device that is known here.
  using AttributeOf = std::function<std::optional<std::string>(const std::string& device_id)>;

  PressFilter(Find find, AttributeOf attribute_of, PressMemory memory = {})
      : find_(std::move(find)), attribute_of_(std::move(attribute_of)), memory_(std::move(memory)) {}

  // An empty list: the device has none any more.
  std::vector<Announcement> windows(const std::string& device_id, const std::string& attribute,
                                    std::vector<OpenWindow> open, core::Timestamp now);
  Heard report(SeenReport report, core::Timestamp now);
  // A press that is known from elsewhere (the database): it is no second one when its report comes again.
  void remember(const std::string& device_id, Press press);
  // The presses of the last hour that the window holds.
  std::vector<Press> within(const std::string& device_id, const OpenWindow& window) const;
  void forget_old(core::Timestamp now);

  std::size_t devices_with_windows() const { return open_.size(); }
  std::size_t presses() const { return memory_.size(); }
  std::size_t reports_kept() const { return ring_.size(); }

 private:
  struct Open {
    std::string attribute;
    std::vector<OpenWindow> windows;
  };
  struct Recent {
    SeenReport report;
    core::Timestamp seen;
  };
  // True when there is a press in it that was not known.
  bool evaluate(const SeenReport& report, const std::string& attribute);
  std::vector<Announcement> announce(const std::string& device_id);
  void keep(SeenReport report, core::Timestamp now);
  void forget_ring(core::Timestamp now);
  std::optional<StrayPress> stray(const std::string& device_id, core::Timestamp at,
                                  core::Timestamp now) const;
  std::optional<std::string> attribute_of(const std::string& device_id) const;

  Find find_;
  AttributeOf attribute_of_;
  PressMemory memory_;
  std::unordered_map<std::string, Open> open_;
  std::deque<Recent> ring_;  // reports of the last seconds that may hold a press
  std::size_t ring_bytes_ = 0;
};

}  // namespace turnkey::ingest
