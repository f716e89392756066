// SPDX-License-Identifier: Apache-2.0
// login, logout, whoami. A password is used once, for an API token of 30 days; only the token is kept.
#include <unistd.h>

#include <array>

#include "commands/commands.hpp"
#include "core/time.hpp"
#include "output/text.hpp"

namespace turnkey::ctl {
namespace {

constexpr auto kTokenLife = std::chrono::hours(24 * 30);
constexpr const char* kCookie = "turnkey_session=";
const Json kAllScopes = {"read", "devices", "batches", "provision", "recipes", "people", "tokens"};

struct Login {
  std::string url;
  std::string email;
  std::string password_file;
};

std::string this_host() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "a computer";
  return name.data();
}

Outcome<std::string> ask_email(Shell& shell, const Login& login) {
  if (!login.email.empty()) return login.email;
  if (!shell.world().in_is_terminal) return usage("Say who signs in: --email");
  shell.world().err << "Email: " << std::flush;
  std::string email;
  std::getline(shell.world().in, email);
  if (email.empty()) return usage("Say who signs in: --email");
  return email;
}

// What `login` is given on the command line or the environment for --cafile: as a whole path, since the next
// call may be made from another folder.
Outcome<std::string> whole_ca_path(Shell& shell) {
  std::string file = shell.globals().ca_file;
  if (file.empty()) file = shell.world().environment("TURNKEY_CAFILE").value_or("");
  if (file.empty()) return file;
  const std::unique_ptr<char, decltype(&std::free)> whole(realpath(file.c_str(), nullptr), &std::free);
  if (!whole) return usage("There is no file " + file + ".");
  return std::string(whole.get());
}

// The value of the session cookie; "" when there is none.
std::string cookie_of(const http::Answer& answer) {
  const auto [begin, end] = answer.headers.equal_range("set-cookie");
  for (auto it = begin; it != end; ++it) {
    if (!it->second.starts_with(kCookie)) continue;
    const std::string pair = it->second.substr(0, it->second.find(';'));
    if (pair.find_first_of("\r\n") == std::string::npos) return pair;
  }
  return {};
}

// A session for as long as it takes to make the token.
class BriefSession {
 public:
  static Outcome<BriefSession> open(const http::BaseUrl& url, const std::string& ca_file, const Json& who,
                                    const World& world) {
    Api api(url, ca_file, {{"Origin", url.str()}}, world);
    const auto answer = api.ask(json_call("POST", Target("/api/session"), who));
    if (!answer) return without_hint(answer.error());
    const std::string cookie = cookie_of(*answer);
    if (cookie.empty()) return failure(ExitCode::failed, "unreadable", url.str() + " gives no session.");
    return BriefSession(
        std::make_unique<Api>(url, ca_file, Headers{{"Origin", url.str()}, {"Cookie", cookie}}, world));
  }
  Outcome<Json> make_token(const World& world) {
    return api_->post(Target("/api/tokens"), {{"name", "turnkeyctl on " + this_host()},
                                              {"scopes", kAllScopes},
                                              {"expiresAt", core::to_iso(world.clock.now() + kTokenLife)}});
  }
  Outcome<Json> end() { return api_->remove(Target("/api/session")); }

 private:
  explicit BriefSession(std::unique_ptr<Api> api) : api_(std::move(api)) {}
  static Failure without_hint(Failure failure) {
    if (failure.exit == ExitCode::refused) failure.message = "The email or the password is wrong.";
    return failure;
  }
  std::unique_ptr<Api> api_;
};

// An older token of the same installation would live on unseen.
void give_up_older(const World& world, const http::BaseUrl& url, const Account& older, const Account& fresh) {
  if (older.url != fresh.url || older.token_id.empty()) return;
  Api api(url, fresh.ca_file, {{"Authorization", "Bearer " + fresh.token}}, world);
  (void)api.remove(Target("/api/tokens").part(older.token_id));  // it ends by itself otherwise
}

Outcome<Account> account_by_password(Shell& shell, const Login& login, const http::BaseUrl& url,
                                     const std::string& ca_file) {
  World& world = shell.world();
  const auto email = ask_email(shell, login);
  if (!email) return email.error();
  const auto password =
      login.password_file.empty() ? world.read_secret("Password: ") : read_secret_file(login.password_file);
  if (!password) return password.error();
  auto session = BriefSession::open(url, ca_file, {{"email", *email}, {"password", *password}}, world);
  if (!session) return session.error();
  const auto made = session->make_token(world);
  (void)session->end();  // it would end by itself in fourteen days
  if (!made) return made.error();
  Account account{url.str(), ca_file, text_at(*made, "/secret"), text_at(*made, "/token/id")};
  if (!is_api_token(account.token))
    return failure(ExitCode::failed, "unreadable", url.str() + " gives no API token.");
  return account;
}

Outcome<Account> account_by_token(const std::string& file, const http::BaseUrl& url,
                                  const std::string& ca_file) {
  const auto token = read_secret_file(file);
  if (!token) return token.error();
  if (!is_api_token(*token)) return usage(file + " holds no API token (tk_ and 64 hex characters).");
  return Account{url.str(), ca_file, *token, {}};
}

Outcome<Done> log_in(Shell& shell, const Login& login) {
  const auto url = http::parse_base_url(login.url);
  if (!url) return usage(url.error().message);
  const auto ca_file = whole_ca_path(shell);
  if (!ca_file) return ca_file.error();
  const std::string& token_file = shell.globals().token_file;
  const auto account = token_file.empty() ? account_by_password(shell, login, *url, *ca_file)
                                          : account_by_token(token_file, *url, *ca_file);
  if (!account) return account.error();
  Api api(*url, *ca_file, {{"Authorization", "Bearer " + account->token}}, shell.world());
  const auto user = api.get(Target("/api/session"));
  if (!user) return user.error();
  const auto older = read_account(shell.world());
  const auto written = write_account(shell.world(), *account);
  if (!written) return written;  // the older one is still kept, and still good
  if (older && *older) give_up_older(shell.world(), *url, **older, *account);
  shell.show_done(*user, "Signed in at " + account->url + " as " + printable(text_at(*user, "/user/name")) +
                             " (" + text_at(*user, "/user/role") + ").");
  return Done{};
}

Outcome<Done> log_out(Shell& shell) {
  const auto account = read_account(shell.world());
  if (!account) return account.error();
  if (!*account) {
    shell.show_done(Json::object(), "You were not signed in.");
    return Done{};
  }
  const auto url = http::parse_base_url((*account)->url);
  if (!url) return usage(url.error().message);
  if (!(*account)->token_id.empty()) {
    Api api(*url, (*account)->ca_file, {{"Authorization", "Bearer " + (*account)->token}}, shell.world());
    const auto gone = api.remove(Target("/api/tokens").part((*account)->token_id));
    const bool over =
        !gone && (gone.error().exit == ExitCode::refused || gone.error().exit == ExitCode::not_found);
    if (!gone && !over) return gone.error();  // what is kept stays, so that it can be tried again
  }
  const auto removed = remove_account(shell.world());
  if (!removed) return removed;
  shell.show_done(Json::object(), (*account)->token_id.empty()
                                      ? "Signed out here. The token itself was given by a file and lives on."
                                      : "Signed out of " + (*account)->url + ".");
  return Done{};
}

Outcome<Done> who_am_i(Shell& shell) {
  const auto api = shell.api();
  if (!api) return api.error();
  const auto user = (*api)->get(Target("/api/session"));
  if (!user) return user.error();
  shell.show_thing(*user, {{"NAME", "/user/name"},
                           {"EMAIL", "/user/email"},
                           {"ROLE", "/user/role"},
                           {"GROUPS", "/user/groupIds", Form::list},
                           {"SCOPES", "/scopes", Form::list}});
  shell.print("AT      " + (*api)->url().str());
  return Done{};
}

}  // namespace

void add_session_commands(Commands& commands) {
  auto login = std::make_shared<Login>();
  CLI::App& in = commands.command(
      commands.root(), "login", "sign in; a token of 30 days is kept in your settings, the password is not",
      {"login https://turnkey.example --email ops@turnkey.example",
       "login https://localhost:8443 --cafile ca.crt --password-file password.txt",
       "login https://turnkey.example --token-file token.txt"},
      [login](Shell& shell) { return log_in(shell, *login); });
  in.add_option("URL", login->url, "https://HOST of the installation")->required();
  in.add_option("--email", login->email, "who signs in");
  in.add_option("--password-file", login->password_file, "file with the password, instead of asking for it")
      ->type_name(kFile);
  commands.command(commands.root(), "logout", "forget the token, here and at the server", {"logout"},
                   log_out);
  commands.command(commands.root(), "whoami", "who is signed in", {"whoami", "whoami --json"}, who_am_i);
}

}  // namespace turnkey::ctl
