// SPDX-License-Identifier: Apache-2.0
#include "conformance.hpp"

#include "core/random.hpp"
#include "domain/command_form.hpp"
#include "mqtt_session.hpp"

namespace turnkey::simulator {
namespace {

using contracts::Json;
using mqtt::Version;
using Millis = std::chrono::milliseconds;

constexpr std::size_t kLargestReport = 256 * 1024;  // bytes
constexpr int kRefusedFrom = 0x80;                  // codes of MQTT 5 and of SUBACK
const std::string kEmptyReport = R"({"data":{}})";

// Why a rule is broken; "" when it is kept.
using Fault = std::string;

std::string hex(int code) {
  constexpr const char* kDigits = "0123456789abcdef";
  return std::string("0x") + kDigits[code >> 4 & 15] + kDigits[code & 15];
}

std::string told(const std::optional<int>& code) { return code ? "code " + hex(*code) : "no answer"; }

class Bench {
 public:
  explicit Bench(const Account& account) : account_(account) {}

  mqtt::Connect right(Version version = Version::v5) const {
    return {version, account_.device_id, account_.access_key, account_.access_secret};
  }
  core::Result<MqttSession> open(const mqtt::Connect& wanted) const {
    return MqttSession::open(account_.broker, wanted);
  }
  // Of an account that was let in a moment ago; one that is not any more breaks whatever is checked.
  MqttSession device(Version version = Version::v5) const {
    auto session = open(right(version));
    if (!session) throw std::runtime_error(session.error().message);
    if (!session->accepted()) throw std::runtime_error("the account was not let in again");
    return std::move(*session);
  }
  std::string topic(const std::string& device, const char* what) const {
    return account_.root + "/" + device + "/" + what;
  }
  std::string state() const { return topic(account_.device_id, "state"); }
  std::string command() const { return topic(account_.device_id, "command"); }
  const Account& account() const { return account_; }

 private:
  const Account& account_;
};

std::string other_id(const Bench& bench) {
  std::string id = bench.account().device_id;
  id.back() = id.back() == '0' ? '1' : '0';
  return id;
}

Fault lets_in(const Bench& bench) {
  for (const auto version : {Version::v3_1_1, Version::v5}) {
    const auto session = bench.open(bench.right(version));
    if (!session) return session.error().message;
    if (!session->accepted())
      return "MQTT " + std::string(version == Version::v5 ? "5" : "3.1.1") + ": " +
             told(session->connack() ? std::optional(session->connack()->code) : std::nullopt);
  }
  return {};
}

Fault refuses_all(const Bench& bench, const std::vector<std::pair<std::string, mqtt::Connect>>& wrong) {
  for (const auto& [what, wanted] : wrong) {
    const auto session = bench.open(wanted);
    if (!session) return session.error().message;
    if (session->accepted()) return "it lets in " + what;
  }
  return {};
}

Fault refuses_other_ids(const Bench& bench) {
  std::vector<std::pair<std::string, mqtt::Connect>> wrong;
  for (const auto version : {Version::v3_1_1, Version::v5}) {
    for (const std::string& id :
         {other_id(bench), std::string("#"), bench.account().root + "/+", std::string("x")}) {
      auto wanted = bench.right(version);
      wanted.client_id = id;
      wrong.emplace_back("the key with the client id " + id, wanted);
    }
  }
  return refuses_all(bench, wrong);
}

Fault refuses_wrong_secrets(const Bench& bench) {
  auto wrong = bench.right();
  wrong.password.back() = wrong.password.back() == '0' ? '1' : '0';
  auto empty = bench.right();
  empty.password.clear();
  auto anonymous = bench.right();
  anonymous.user_name.clear();
  auto stranger = bench.right();
  stranger.user_name = core::random_uuid();
  return refuses_all(bench, {{"a wrong secret", wrong},
                             {"an empty secret", empty},
                             {"somebody without credentials", anonymous},
                             {"a key that there is not", stranger}});
}

Fault takes_reports(const Bench& bench) {
  auto modern = bench.device();
  if (const auto code = modern.publish(bench.state(), kEmptyReport); !code || *code >= kRefusedFrom)
    return "MQTT 5, QoS 1: " + told(code);
  auto old = bench.device(Version::v3_1_1);
  if (!old.publish(bench.state(), "[" + kEmptyReport + "," + kEmptyReport + "]"))
    return "MQTT 3.1.1, QoS 1: no PUBACK";
  if (!old.publish_at_most_once(bench.state(), kEmptyReport) || !old.answers_ping())
    return "QoS 0: the connection ended";
  return {};
}

Fault keeps_what_cannot_be_read(const Bench& bench) {
  auto device = bench.device();
  for (const std::string& odd :
       {std::string(), std::string("no JSON"), std::string("\xff\xfe\x00", 3),
        std::string(R"({"data":{"x":null,"y":{"$undefined":true}}})"), std::string(1000, '[')}) {
    if (!device.publish(bench.state(), odd)) return "the connection ended after a report that cannot be read";
  }
  return device.answers_ping() ? "" : "the connection ended";
}

Fault bounds_reports(const Bench& bench) {
  const std::string head = R"({"data":{},"meta":")";
  const auto report = [&](std::size_t size) {
    return head + std::string(size - head.size() - 2, 'x') + "\"}";
  };
  auto device = bench.device();
  if (const auto code = device.publish(bench.state(), report(kLargestReport)); !code || *code >= kRefusedFrom)
    return "256 KiB: " + told(code);
  const auto code = device.publish(bench.state(), report(kLargestReport + 1));
  return code && *code < kRefusedFrom ? "256 KiB and one byte: " + told(code) : "";
}

Fault refuses_publishing(const Bench& bench) {
  const std::string own = bench.account().device_id;
  for (const std::string& topic :
       {bench.topic(other_id(bench), "state"), bench.command(), bench.topic(own, "state/more"),
        bench.topic(own, "login"), "registry/devices/" + own, "presence/" + own, std::string("broker/health"),
        "provisioning/windows/" + own, std::string("rpc/registry/list_devices"),
        std::string("$CONTROL/turnkey/credentials")}) {
    // Whether it says so or ends the connection, each of them anew.
    auto device = bench.device();
    const auto code = device.publish(topic, "{}");
    if (code && *code < kRefusedFrom) return "it takes " + topic;
  }
  return {};
}

Fault refuses_subscribing(const Bench& bench) {
  for (const std::string& filter :
       {bench.topic(other_id(bench), "command"), bench.topic("+", "command"), bench.topic("+", "state"),
        bench.state(), std::string("#"), std::string("+/+/command"), std::string("$SYS/#"),
        std::string("presence/+"), std::string("registry/devices/+"), "$share/x/" + bench.command()}) {
    auto device = bench.device();
    const auto code = device.subscribe(filter, 1);
    if (code && *code < kRefusedFrom) return "it grants " + filter;
  }
  return {};
}

Fault grants_commands(const Bench& bench) {
  for (const auto version : {Version::v3_1_1, Version::v5}) {
    for (const int qos : {0, 1}) {
      auto device = bench.device(version);
      if (const auto code = device.subscribe(bench.command(), qos); !code || *code != qos)
        return "QoS " + std::to_string(qos) + ": " + told(code);
    }
  }
  return {};
}

Fault newest_connection_wins(const Bench& bench) {
  auto first = bench.device();
  auto second = bench.device();
  if (!first.ends_within(Millis(3000))) return "the former connection goes on";
  return second.answers_ping() ? "" : "the new connection ended too";
}

Fault keeps_sessions(const Bench& bench) {
  auto wanted = bench.right(Version::v3_1_1);
  wanted.clean = false;
  {
    auto device = bench.open(wanted);
    if (!device || !device->accepted()) return "a session that is kept is not let in";
    if (!device->subscribe(bench.command(), 1)) return "no SUBACK";
    device->disconnect();
  }
  auto back = bench.open(wanted);
  const bool present = back && back->accepted() && back->connack()->session_present;
  bench.device(Version::v3_1_1).disconnect();  // and nothing of it is left
  return present ? "" : "the session was gone after a moment";
}

Fault ends_silence(const Bench& bench) {
  auto wanted = bench.right();
  wanted.keep_alive_s = 1;
  auto device = bench.open(wanted);
  if (!device || !device->accepted()) return "a keep-alive of one second is not let in";
  return device->ends_within(Millis(12'000))
             ? ""
             : "a connection that is silent for twelve times its keep-alive goes on";
}

struct Rule {
  const char* name;
  const char* sentence;
  Fault (*check)(const Bench&);
};

constexpr Rule kRules[] = {
    {"lets_in", "The account is let in by MQTT 3.1.1 and 5, client id = device id.", lets_in},
    {"refuses_other_ids", "The key is refused with every other client id.", refuses_other_ids},
    {"refuses_wrong_secrets", "A wrong, an empty and no secret are refused, and so is an unknown key.",
     refuses_wrong_secrets},
    {"takes_reports", "Own state is taken at QoS 0 and 1, a report or an array of them.", takes_reports},
    {"keeps_connection", "A report that cannot be read does not end the connection.",
     keeps_what_cannot_be_read},
    {"bounds_reports", "A report of 256 KiB is taken, one byte more is not.", bounds_reports},
    {"refuses_publishing", "Nothing is taken on topics of others, of services or of the broker.",
     refuses_publishing},
    {"refuses_subscribing", "Nothing is granted but the own commands.", refuses_subscribing},
    {"grants_commands", "The own commands are granted at QoS 0 and 1.", grants_commands},
    {"newest_wins", "A new connection of the device ends the former one.", newest_connection_wins},
    {"keeps_sessions", "A session with clean session off is there when the device comes back.",
     keeps_sessions},
    {"ends_silence", "A connection that is silent for longer than its keep-alive is ended.", ends_silence},
};

Ruling ruled(const Rule& rule, const Bench& bench) {
  Fault fault;
  try {
    fault = rule.check(bench);
  } catch (const std::runtime_error& error) {
    fault = error.what();
  }
  return ruling(rule.name, rule.sentence, fault);
}

Ruling command_ruling(const Bench& bench, std::chrono::seconds wait, const std::function<void()>& about_to) {
  Ruling one{"command_form", "A command is a name, a payload and a time with milliseconds."};
  if (wait.count() == 0) {
    one.saw = "no command was waited for";
    return one;
  }
  auto device = bench.open(bench.right(Version::v3_1_1));
  one.kept = Kept::no;
  if (!device || !device->subscribe(bench.command(), 1)) {
    one.saw = "the commands were not granted";
    return one;
  }
  about_to();
  const auto got = device->next_publish(wait);
  one.saw = got ? fault_of_command(got->payload) : "none came";
  if (one.saw.empty()) one.kept = Kept::yes;
  return one;
}

}  // namespace

core::Result<std::vector<Ruling>> check_account(const Account& account, std::chrono::seconds command_wait,
                                                const std::function<void()>& about_to) {
  const Bench bench(account);
  const auto first = bench.open(bench.right());
  if (!first) return first.error();
  if (!first->connack())
    return core::unavailable("Who listens there does not answer as an MQTT broker does.");
  if (!first->accepted())
    return core::unauthorized("The broker does not let this account in: " + told(first->connack()->code) +
                              ".");
  std::vector<Ruling> rulings;
  for (const Rule& rule : kRules) rulings.push_back(ruled(rule, bench));
  rulings.push_back(command_ruling(bench, command_wait, about_to));
  return rulings;
}

}  // namespace turnkey::simulator
