// SPDX-License-Identifier: Apache-2.0
// What the parts of an installation say of themselves, judged.
#include <algorithm>
#include <array>

#include "domain/diagnosis.hpp"

namespace turnkey::ctl {
namespace {

using namespace std::chrono_literals;
using contracts::Json;

constexpr double kRoomNote = 0.15;  // as TurnkeyDiskLow
constexpr double kRoomWrong = 0.05;
constexpr double kFullNote = 0.5;  // of the spool's and the journal's own limit
constexpr double kFullWrong = 0.8;
constexpr double kConnectionsWrong = 0.85;  // as TurnkeyDatabaseConnections
constexpr double kBehindNote_s = 60;
constexpr double kBehindWrong_s = 300;
constexpr double kSlowDatabase_ms = 200;
constexpr double kManyEvents = 1000;
constexpr auto kServicesApart = 5s;
constexpr auto kBrokerSilent = 30s;  // it speaks every five seconds
constexpr auto kBackupOld = 26h;     // as TurnkeyNoBackup

struct UnsafeSetting {
  std::string_view name;
  Verdict verdict;
  std::string_view what;
  std::string_view advice;
};

constexpr std::array kUnsafe = {
    UnsafeSetting{"mqtt_without_tls", Verdict::note,
                  "It speaks to the broker of another machine without TLS.",
                  "TURNKEY_MQTT_TLS, unless that network is these programs' alone."},
    UnsafeSetting{"database_without_tls", Verdict::note,
                  "It speaks to the database of another machine without TLS.",
                  "sslmode=verify-full in TURNKEY_DATABASE, unless that network is these programs' alone."},
    UnsafeSetting{"debug_log", Verdict::note, "It logs everything (debug).",
                  "TURNKEY_LOG_LEVEL=info: a debug log fills disks."},
    UnsafeSetting{"every_proxy_trusted", Verdict::wrong,
                  "Whoever connects may say from which address: limits by address hold nobody.",
                  "TURNKEY_TRUSTED_PROXIES: the addresses of the proxies in front, and no others."},
};

const Json& at(const Json& object, const char* name) {
  static const Json nothing;
  const auto it = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && it != object.end() ? *it : nothing;
}

std::string text(const Json& object, const char* name) {
  const Json& value = at(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::optional<double> number(const Json& object, const char* name) {
  const Json& value = at(object, name);
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

std::optional<core::Timestamp> time(const Json& object, const char* name) {
  return core::from_iso(text(object, name));
}

std::string percent(double part) { return std::to_string(static_cast<int>(part * 100)) + " %"; }
std::string whole(double value) { return std::to_string(static_cast<long long>(value)); }

class Judge {
 public:
  Judge(const Json& health, const std::string& own_version)
      : health_(health), own_version_(own_version), at_(time(health, "at")) {}

  Findings all() {
    const Json& services = at(health_, "services");
    if (!services.is_array() || services.empty())
      return {{"gateway", Verdict::wrong, "Its answer about its parts cannot be understood.",
               "Are turnkeyctl and the server of the same version?"}};
    gateway_version_ = text(services.front(), "version");
    for (const Json& service : services) judge_service(service);
    judge_broker(at(health_, "broker"));
    judge_backup(at(health_, "backup"));
    return std::move(findings_);
  }

 private:
  void add(Verdict verdict, std::string what, std::string advice) {
    findings_.push_back({part_, verdict, std::move(what), std::move(advice)});
  }

  void judge_service(const Json& service) {
    part_ = text(service, "service");
    const std::size_t before = findings_.size();
    if (at(service, "silent") == true) {
      return add(
          Verdict::wrong, "It does not answer over the bus.",
          "Does it run? Its log and its /readyz say what it waits for; starting it again is never wrong.");
    }
    judge_parts(at(service, "down"));
    judge_version(service);
    judge_time(service);
    judge_settings(at(service, "unsafe"));
    judge_database(at(service, "database"));
    judge_backlogs(service);
    judge_room("The disk of the spool", at(service, "spool"));
    if (findings_.size() == before)
      add(Verdict::well, "It answers: version " + text(service, "version") + ".", "");
  }

  void judge_parts(const Json& down) {
    if (!down.is_object()) return;
    for (const auto& [name, why] : down.items())
      add(Verdict::wrong, name + ": " + (why.is_string() ? why.get<std::string>() : "down"),
          "Mend the " + name + " first: what hangs on it comes back by itself.");
  }

  void judge_version(const Json& service) {
    const std::string version = text(service, "version");
    if (version != gateway_version_)
      add(Verdict::note, "It is version " + version + ", the gateway " + gateway_version_ + ".",
          "Finish the upgrade: parts of two versions are for its minutes alone.");
    else if (part_ == "experience-gateway" && version != own_version_)
      add(Verdict::note, "It is version " + version + ", turnkeyctl " + own_version_ + ".",
          "Use the turnkeyctl of the server's version.");
  }

  void judge_time(const Json& service) {
    const auto its = time(service, "time");
    if (!its || !at_ || std::chrono::abs(*its - *at_) <= kServicesApart) return;
    const auto apart = std::chrono::abs(std::chrono::floor<std::chrono::seconds>(*its - *at_));
    add(Verdict::wrong, "Its clock and the gateway's are " + std::to_string(apart.count()) + " s apart.",
        "Windows end by these clocks: look at timedatectl on its machine.");
  }

  void judge_settings(const Json& unsafe) {
    for (const auto& setting : kUnsafe) {
      if (unsafe.is_array() && std::find(unsafe.begin(), unsafe.end(), Json(setting.name)) != unsafe.end())
        add(setting.verdict, std::string(setting.what), std::string(setting.advice));
    }
  }

  void judge_database(const Json& database) {
    const auto used = number(database, "connections");
    const auto most = number(database, "mostConnections");
    if (used && most && *used >= *most * kConnectionsWrong)
      add(Verdict::wrong, "The database has " + whole(*used) + " of " + whole(*most) + " connections in use.",
          "Raise max_connections (a restart of the database), or end what holds them: pg_stat_activity.");
    const auto trip = number(database, "roundTrip_ms");
    if (trip && *trip > kSlowDatabase_ms)
      add(Verdict::note, "The database took " + whole(*trip) + " ms to answer nothing.",
          "Look at the CPU and the disk of its machine.");
  }

  void judge_backlogs(const Json& service) {
    if (const auto events = number(at(service, "outbox"), "entries"); events && *events > kManyEvents)
      add(Verdict::note, whole(*events) + " events wait to be sent.",
          "They go out by themselves once it is connected to the broker; look again in a minute.");
    const auto behind = number(at(service, "reports"), "behind_s");
    if (!behind || *behind < kBehindNote_s) return;
    add(*behind < kBehindWrong_s ? Verdict::note : Verdict::wrong,
        "Reports reach the database " + whole(*behind) + " s late.",
        "Nothing is lost while the spool has room. Is the database slow or away? Its log says \"cannot be "
        "stored\".");
  }

  // Free room of the disk, and how full the folder is against its own limit.
  void judge_room(const std::string& what, const Json& room) {
    const auto free = number(room, "freeBytes");
    const auto total = number(room, "totalBytes");
    if (free && total && *total > 0 && *free / *total < kRoomNote)
      add(*free / *total < kRoomWrong ? Verdict::wrong : Verdict::note,
          what + " has " + percent(*free / *total) + " free.",
          "Make room: old backups, logs, images. Never journal, spool or the database's folder.");
    const auto bytes = number(room, "bytes");
    const auto limit = number(room, "limitBytes");
    if (bytes && limit && *limit > 0 && *bytes / *limit > kFullNote)
      add(*bytes / *limit > kFullWrong ? Verdict::wrong : Verdict::note,
          what + " holds " + percent(*bytes / *limit) + " of what it may.",
          "Reports are refused when it is full. What takes them from there is away or slow: mend that.");
  }

  void judge_broker(const Json& broker) {
    part_ = "broker";
    const std::size_t before = findings_.size();
    const auto said = time(broker, "at");
    if (!said || (at_ && *at_ - *said > kBrokerSilent)) {
      return add(
          Verdict::wrong,
          said ? "It said last at " + core::to_iso(*said) + " how it is." : "It has not said how it is.",
          "Does it run, with the plugin of this version? Its log.");
    }
    if (at(broker, "database") == false)
      add(Verdict::wrong, "It cannot read credentials from the database.",
          "Devices whose keys it knows go on; new ones and revocations wait. Mend the database.");
    judge_room("The disk of the journal", at(broker, "journal"));
    if (findings_.size() == before)
      add(Verdict::well, whole(number(broker, "devicesConnected").value_or(0)) + " devices are connected.",
          "");
  }

  void judge_backup(const Json& backup) {
    part_ = "backup";
    const auto completed = time(backup, "completedAt");
    if (at(backup, "watched") != true)
      return add(Verdict::note, "Nobody here knows when the last one was made.",
                 "TURNKEY_BACKUP_METRICS_FILE tells the gateway where deploy/backup leaves its time.");
    const std::string advice = "Run deploy/backup by hand and mend what it says.";
    if (!completed) return add(Verdict::wrong, "None was ever made.", advice);
    const std::string what = "The last one was complete at " + core::to_iso(*completed) + ".";
    if (at_ && *at_ - *completed > kBackupOld) return add(Verdict::wrong, what, advice);
    add(Verdict::well, what, "");
  }

  const Json& health_;
  const std::string& own_version_;
  const std::optional<core::Timestamp> at_;
  std::string gateway_version_;
  std::string part_;
  Findings findings_;
};

}  // namespace

Findings judge_health(const Json& health, const std::string& own_version) {
  return Judge(health, own_version).all();
}

}  // namespace turnkey::ctl
