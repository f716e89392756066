// SPDX-License-Identifier: Apache-2.0
// doctor: looks at an installation from the outside and says what to do about what it finds.
#include "commands/commands.hpp"
#include "domain/diagnosis.hpp"
#include "http/listener_probe.hpp"
#include "output/text.hpp"

namespace turnkey::ctl {
namespace {

constexpr std::chrono::seconds kHealthPatience{20};

// Why there was nothing to look at: nobody is signed in, or not as an operator.
Failure could_not_look(Failure why) {
  why.exit = ExitCode::usage;
  return why;
}

class Examination {
 public:
  Examination(Shell& shell, Account account, http::BaseUrl url)
      : shell_(shell), account_(std::move(account)), url_(std::move(url)) {}

  Outcome<Findings> all() {
    if (url_.tls && !look_at_web()) return std::move(findings_);
    const auto answer = ask_health();
    if (!answer) return answer.error();
    if (!answer->empty()) {
      for (auto& one : judge_health(*answer, TURNKEY_VERSION)) findings_.push_back(std::move(one));
      look_at_broker(*answer);
    }
    return std::move(findings_);
  }

 private:
  core::Timestamp now() const { return shell_.world().clock.now(); }
  void add(std::string part, std::string what, std::string advice) {
    findings_.push_back({std::move(part), Verdict::wrong, std::move(what), std::move(advice)});
  }

  bool look_at_web() {
    http::Listener web{{url_.host, url_.port}};
    web.endpoint.ca_file = account_.ca_file;
    const auto look = http::look_at(web);
    if (!look) {
      add("web", look.error().message, "Does the proxy run? Is the name right, and the network?");
      return false;
    }
    findings_.push_back(
        judge_certificate("web certificate", {look->distrust, look->certificate_ends}, now()));
    return look->distrust.empty() && look->certificate_ends > now();
  }

  // The parts' answer; empty when there is none and a finding says why.
  Outcome<Json> ask_health() {
    auto api = shell_.another_api();
    if (!api) return could_not_look(api.error());
    http::Call call;
    call.target = "/api/health";
    call.deadline = kHealthPatience;
    const auto answer = (*api)->ask_once(std::move(call));
    if (!answer) {
      add("web", answer.error().message, "Does the proxy run? Its log.");
      return Json(Json::object());
    }
    if (const auto server = from_http_date(answer->header("date")))
      findings_.push_back(judge_clock(now(), *server));
    if (answer->status >= 500) return without_parts(answer->status);
    if (answer->status == 404)
      return could_not_look(
          failure(ExitCode::refused, "not_found",
                  "Only operators see how the parts are, and the server has to know of it."));
    if (answer->status >= 400) return could_not_look(failure_of(*answer));
    const Json health = Json::parse(answer->body, nullptr, false);
    return health.is_object() && !health.empty() ? health : Json{{"services", Json()}};
  }

  Json without_parts(int status) {
    if (status == 503)
      add("registry", "Nobody can be signed in: the registry, its database or the broker is away.",
          "Ask /readyz of the registry and of the gateway on their machine; mend what they name.");
    else
      add("gateway",
          "The proxy answers, and the gateway behind it does not (" + std::to_string(status) + ").",
          "Does the gateway run? Its log; starting it again is never wrong.");
    return Json::object();
  }

  void look_at_broker(const Json& health) {
    for (const Json& service : health.value("services", Json::array())) {
      const Json door = service.is_object() ? service.value("deviceBroker", Json()) : Json();
      const Json port = door.is_object() ? door.value("port", Json()) : Json();
      const Json tls = door.is_object() ? door.value("tls", Json()) : Json();
      if (port.is_number_unsigned() && port < 65536 && tls.is_boolean())
        look_at_door(door, {{text_at(door, "/host"), port.get<int>(), tls.get<bool>()}});
    }
  }

  void look_at_door(const Json& door, http::Listener listener) {
    listener.endpoint.ca_pem = text_at(door, "/ca");
    if (listener.endpoint.ca_pem.empty()) listener.endpoint.ca_file = account_.ca_file;
    listener.say = anonymous_connect();
    listener.expect = kConnackBytes;
    const auto look = http::look_at(listener);
    if (!look)
      return add("broker", look.error().message, "Devices go there. Does it run, and may they reach it?");
    if (!listener.endpoint.tls)
      add("broker", "Devices reach it without TLS, and show their secrets to every network between.",
          "TURNKEY_DEVICE_BROKER_TLS, and a listener with a certificate.");
    else
      findings_.push_back(
          judge_certificate("broker certificate", {look->distrust, look->certificate_ends}, now()));
    if (look->distrust.empty()) findings_.push_back(judge_broker_reply(look->reply));
  }

  Shell& shell_;
  const Account account_;
  const http::BaseUrl url_;
  Findings findings_;
};

const char* mark(Verdict verdict) {
  switch (verdict) {
    case Verdict::well:
      return "ok";
    case Verdict::note:
      return "note";
    case Verdict::wrong:
      return "WRONG";
  }
  return "WRONG";
}

// A line each; what to do about it stands below, however wide the terminal is.
std::string sheet(const Findings& findings) {
  constexpr std::size_t kMarks = 7;
  constexpr std::size_t kParts = 20;
  std::string text;
  for (const auto& one : findings) {
    text += padded(mark(one.verdict), kMarks) + padded(one.part + " ", kParts) + one.what + "\n";
    if (!one.advice.empty()) text += std::string(kMarks + kParts, ' ') + "-> " + one.advice + "\n";
  }
  return text;
}

Outcome<Done> examine(Shell& shell) {
  const auto account = shell.account();
  if (!account) return could_not_look(account.error());
  const auto url = http::parse_base_url(account->url);
  if (!url) return usage(url.error().message);
  const auto findings = Examination(shell, *account, *url).all();
  if (!findings) return could_not_look(findings.error());
  const Json document = to_json(*findings);
  if (shell.globals().json) shell.print_document(document);
  shell.print(sheet(*findings));
  if (!anything_wrong(*findings)) return Done{};
  const auto count = document["wrong"].get<int>();
  return failure(
      ExitCode::failed, "not_well",
      count == 1 ? std::string("One thing is wrong.") : std::to_string(count) + " things are wrong.");
}

}  // namespace

void add_doctor_command(Commands& commands) {
  commands.command(commands.root(), "doctor",
                   "looks at the whole installation and says what to do about what it finds; exit code 1 if "
                   "something is wrong, 2 if it could not look",
                   {"doctor", "doctor --json", "doctor --url https://turnkey.example --token-file token.txt"},
                   examine);
}

}  // namespace turnkey::ctl
