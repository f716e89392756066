// SPDX-License-Identifier: Apache-2.0
// Two tenants: one has devices that need its consent, of the other is somebody who asks. Each stage is new.
#pragma once

#include "service/system.hpp"

namespace turnkey::registry::tests {

inline std::string detail(const core::Result<Json>& reply) { return reply ? "none" : reply.error().detail; }
inline std::optional<core::ErrorCode> code(const core::Result<Json>& reply) {
  if (reply) return std::nullopt;
  return reply.error().code;
}

struct ConsentStage {
  ConsentStage()
      : name(core::random_hex(4)),
        owner_root(system().group("Owner " + name)),
        owner_group(system().group("Site " + name, owner_root)),
        sibling_group(system().group("Sibling " + name, owner_root)),
        asker_group(system().group("Asker " + name)),
        admin(system().user("admin" + name + "@a.example", "admin", owner_group)),
        owner_technician(system().user("tech" + name + "@a.example", "technician", owner_group)),
        asker_email("tech" + name + "@b.example"),
        asker(system().user(asker_email, "technician", asker_group)),
        asker_admin(system().user("boss" + name + "@b.example", "admin", asker_group)),
        device(owned("consent")),
        other(owned("consent")) {}

  // A device called Roof of the owner's.
  System::Made owned(const std::string& policy) {
    std::string serial = "OWN" + core::random_hex(4);
    for (char& c : serial) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return system().devices(
        system().recipe({{"transferPolicy", policy}}),
        "serial,group,model,name\n" + serial + ",Owner " + name + "/Site " + name + ",kd-30,Roof\n")[0];
  }

  void ask(const std::string& note = "") {
    system().must("ask_consent", System::as(asker, {{"serial", device.serial}, {"note", note}}));
    settle();
  }
  // What was asked is looked at after the answer.
  void settle() {
    REQUIRE(eventually([] {
      return system().number("select count(*) from registry.outbox where kind = 'consent_asked'") == 0;
    }));
  }
  Json requests() {
    return system().must("list_consent_requests", System::as(admin, Json::object()))["items"];
  }
  Json only_request() {
    const auto items = requests();
    REQUIRE(items.size() == 1);
    return items[0];
  }
  Json decide(const char* method, const Json& id) {
    return system().must(method, System::as(admin, {{"id", id}}));
  }
  bool may_open(const std::string& who, const std::string& serial = "") {
    const Json about = {{"serial", serial.empty() ? device.serial : serial}};
    const auto reply = system().call("get_device_for_provisioning", System::as(who, about));
    if (!reply) CHECK(reply.error().code == core::ErrorCode::not_found);
    return reply.has_value();
  }
  Json assignment(const std::string& who, const std::string& group, const System::Made& which) {
    const int epoch =
        system().number("select assignment_epoch from registry.devices where id = '" + which.id + "'");
    return System::as(who, {{"deviceId", which.id},
                            {"assignmentEpoch", epoch},
                            {"groupId", group},
                            {"name", "Taken"},
                            {"model", "kd-30"},
                            {"provisioningId", core::random_hex_id()}});
  }
  core::Result<Json> take(const std::string& who, const std::string& group, const System::Made& which) {
    return system().call("assign_device", assignment(who, group, which));
  }
  core::Result<Json> take(const std::string& who, const std::string& group) {
    return take(who, group, device);
  }
  static Json ledger_of(const std::string& who, const std::string& act) {
    return system().must("list_ledger", System::as(who, {{"act", act}}))["items"];
  }
  std::size_t acts_seen_by(const std::string& who, const std::string& act) {
    return ledger_of(who, act).size();
  }

  std::string name;
  std::string owner_root, owner_group, sibling_group, asker_group;
  std::string admin, owner_technician, asker_email, asker, asker_admin;
  System::Made device, other;
};

}  // namespace turnkey::registry::tests
