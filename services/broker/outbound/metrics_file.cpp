// SPDX-License-Identifier: Apache-2.0
#include "outbound/metrics_file.hpp"

#include <cstdio>
#include <fstream>
#include <string_view>

namespace turnkey::broker {
namespace {

constexpr std::string_view kPrefix = "turnkey_broker_";

class Page {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = std::string(kPrefix) + std::string(name);
    text_ +=
        "# HELP " + name_ + " " + std::string(help) + "\n# TYPE " + name_ + " " + std::string(type) + "\n";
  }
  void value(std::uint64_t value, std::string_view labels = {}) {
    text_ += name_ + std::string(labels) + " " + std::to_string(value) + "\n";
  }
  void single(std::string_view name, std::string_view type, std::string_view help, std::uint64_t number) {
    family(name, type, help);
    value(number);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string name_;
  std::string text_;
};

void add_journal(Page& page, const Metrics& m) {
  page.single("reports_received_total", "counter", "State reports received, refused ones included.",
              m.reports_received);
  page.family("reports_refused_total", "counter", "State reports refused without a PUBACK.");
  page.value(m.reports_refused_full, "{reason=\"journal_full\"}");
  page.value(m.reports_refused_write, "{reason=\"journal_write\"}");
  page.value(m.reports_refused_too_large, "{reason=\"too_large\"}");
  page.single("reports_resent_total", "counter",
              "State reports that a device sent again after a break; they keep their first id.",
              m.reports_resent);
  page.single("journal_bytes", "gauge", "Bytes of all segments.", m.journal_bytes);
  page.single("journal_segments", "gauge", "Segment files.", m.journal_segments);
  page.single("journal_unacknowledged", "gauge", "Entries that ingest has not confirmed.",
              m.journal_unacknowledged);
  page.single("journal_acknowledged_total", "counter", "Entries that ingest has confirmed.",
              m.journal_acknowledged);
  page.single("journal_replays_total", "counter", "Entries sent again.", m.replays);
  page.single("journal_replays_in_flight", "gauge", "Entries sent again and not confirmed yet.",
              m.replays_in_flight);
}

void add_clients(Page& page, const Metrics& m) {
  constexpr std::array<std::string_view, kLogins> kOutcomes = {
      "{who=\"device\",outcome=\"ok\"}",           "{who=\"service\",outcome=\"ok\"}",
      "{who=\"device\",outcome=\"unknown_key\"}",  "{who=\"device\",outcome=\"wrong_secret\"}",
      "{who=\"any\",outcome=\"wrong_client_id\"}", "{who=\"service\",outcome=\"wrong_password\"}",
      "{who=\"device\",outcome=\"ended_key\"}",    "{who=\"device\",outcome=\"wrong_address\"}",
      "{who=\"integration\",outcome=\"ok\"}",      "{who=\"device\",outcome=\"wrong_certificate\"}"};
  constexpr std::array<std::string_view, 3> kDenied = {"{access=\"subscribe\"}", "{access=\"publish\"}",
                                                       "{access=\"receive\"}"};
  page.family("logins_total", "counter", "Logins by outcome.");
  for (std::size_t i = 0; i < kOutcomes.size(); ++i) page.value(m.logins[i], kOutcomes[i]);
  page.family("denied_total", "counter", "Publishes, subscriptions and deliveries that were denied.");
  for (std::size_t i = 0; i < kDenied.size(); ++i) page.value(m.denied[i], kDenied[i]);
  page.single("commands_not_kept_total", "counter",
              "Commands that were not kept for a device that was away: nothing said that they may wait.",
              m.commands_not_kept);
  page.single("events_not_kept_total", "counter",
              "Events that were not kept for an integration that was away: too many wait already.",
              m.events_not_kept);
  page.single("sessions_cut_total", "counter", "Sessions cut because their credential changed.",
              m.sessions_cut);
  page.single("sessions_taken_over_total", "counter",
              "Connections of a device that pushed out another one: a weak link, or one key in two places.",
              m.sessions_taken_over);
  page.single("devices_connected", "gauge", "Devices with a connection.", m.devices_connected);
  page.single("credentials", "gauge", "Credentials that can log in.", m.credentials);
  page.single("credential_bytes", "gauge", "Memory of the credential table.", m.credential_bytes);
  page.single("control_malformed_total", "counter", "Messages to the plugin that it could not read.",
              m.control_malformed);
  page.single("database_reachable", "gauge", "1 when the credentials are being followed.",
              m.database_reachable ? 1 : 0);
  page.single("services_read_timestamp_seconds", "gauge", "When the passwords of the services were read.",
              m.services_read_at_s);
}

}  // namespace

std::string to_prometheus(const Metrics& metrics) {
  Page page;
  add_journal(page, metrics);
  add_clients(page, metrics);
  return page.take();
}

bool write_whole_file(const std::string& path, const std::string& content) {
  const std::string beside = path + ".new";
  {
    std::ofstream file(beside, std::ios::binary | std::ios::trunc);
    file << content;
    if (!file.flush()) return false;
  }
  return std::rename(beside.c_str(), path.c_str()) == 0;
}

}  // namespace turnkey::broker
