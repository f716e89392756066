// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "service/stage.hpp"

using namespace turnkey;
using namespace turnkey::ctl;
using namespace turnkey::ctl::testing;

namespace {

const Json kUser = {{"user", {{"name", "Kim"}, {"email", "kim@t.example"}, {"role", "operator"}}}};

// Signs in as the gateway does.
void play_sign_in(Gateway& gateway) {
  gateway.on("POST", "/api/session", [](const http::Request&) -> core::Result<http::Response> {
    auto response = http::json_response(kUser);
    response.headers.emplace_back("Set-Cookie", "turnkey_session=0123abcd; Path=/; HttpOnly; Secure");
    return response;
  });
  gateway.answer("POST", "/api/tokens", {{"token", {{"id", "t1"}}}, {"secret", kToken}}, 201);
  gateway.answer("DELETE", "/api/session", {}, 204);
  gateway.answer("GET", "/api/session", kUser);
}

}  // namespace

TEST_CASE("login makes a token of thirty days with a session that it ends, and keeps the token alone") {
  Gateway gateway;
  play_sign_in(gateway);
  gateway.start();
  Player player;
  const auto played = player.play({"login", gateway.url(), "--email", "kim@t.example"});
  CHECK(played.exit == 0);
  CHECK(gateway.asked() == std::vector<std::string>{"POST /api/session", "POST /api/tokens",
                                                    "DELETE /api/session", "GET /api/session"});
  const auto requests = gateway.requests();
  CHECK(requests[0].header("origin") == gateway.url());
  CHECK(Json::parse(requests[0].body) == Json{{"email", "kim@t.example"}, {"password", "correct horse"}});
  CHECK(requests[1].cookie("turnkey_session") == "0123abcd");
  CHECK(requests[1].header("origin") == gateway.url());
  const Json token = Json::parse(requests[1].body);
  CHECK(token["scopes"].size() == 7);
  CHECK(token["expiresAt"] == core::to_iso(player.clock.now() + std::chrono::hours(24 * 30)));
  CHECK(requests[3].header("authorization") == "Bearer " + kToken);
  const Json kept = Json::parse(content_of(player.account_file()));
  CHECK(kept["url"] == gateway.url());
  CHECK(kept["token"] == kToken);
  CHECK(kept.dump().find("correct horse") == std::string::npos);
}

TEST_CASE("S2 what login keeps is for its owner's eyes alone, and neither token nor password is shown") {
  Gateway gateway;
  play_sign_in(gateway);
  gateway.start();
  for (const bool json : {false, true}) {
    Player player;
    std::vector<std::string> arguments = {"login", gateway.url(), "--email", "kim@t.example"};
    if (json) arguments.push_back("--json");
    const auto played = player.play(arguments);
    CHECK(mode_of(player.account_file()) == 0600);
    CHECK(mode_of(player.file("config/turnkey")) == 0700);
    CHECK_FALSE(played.shows(kToken));
    CHECK_FALSE(played.shows("correct horse"));
    CHECK_FALSE(played.shows("0123abcd"));
  }
}

TEST_CASE("a wrong password is a refusal and keeps nothing") {
  Gateway gateway;
  gateway.on("POST", "/api/session", [](const http::Request&) -> core::Result<http::Response> {
    return problem_answer(401, "unauthorized", "No.");
  });
  gateway.start();
  Player player;
  const auto played = player.play({"login", gateway.url(), "--email", "kim@t.example"});
  CHECK(played.exit == 5);
  CHECK(played.err == "The email or the password is wrong.\n");
  CHECK_FALSE(exists(player.account_file()));
}

TEST_CASE("a password comes from a file, unless others can read it") {
  Gateway gateway;
  play_sign_in(gateway);
  gateway.start();
  Player player;
  const auto file = player.file("password");
  write_file(file, "from the file\n", 0640);
  const std::vector<std::string> login = {"login",       gateway.url(),     "--email",
                                          "k@t.example", "--password-file", file};
  const auto refused = player.play(login);
  CHECK(refused.exit == 5);
  CHECK(refused.err.find("chmod 600 " + file) != std::string::npos);
  CHECK(gateway.requests().empty());
  chmod(file.c_str(), 0600);
  CHECK(player.play(login).exit == 0);
  CHECK(Json::parse(gateway.requests()[0].body)["password"] == "from the file");
}

TEST_CASE("signing in again gives the older token back, once the new one is kept") {
  Gateway gateway;
  Player player;
  std::string kept;
  play_sign_in(gateway);
  gateway.on("DELETE", "/api/tokens/{id}", [&](const http::Request&) -> core::Result<http::Response> {
    kept = content_of(player.account_file());
    return http::empty_response();
  });
  gateway.start();
  player.sign_in(gateway.url());
  CHECK(player.play({"login", gateway.url(), "--email", "kim@t.example"}).exit == 0);
  CHECK(gateway.asked().back() == "DELETE /api/tokens/5f0c9a1b2c3d4e5f60718293");
  CHECK(Json::parse(kept)["tokenId"] == "t1");
}

TEST_CASE("credentials that others can read are not used") {
  Gateway gateway;
  gateway.answer("GET", "/api/session", kUser);
  gateway.start();
  Player player;
  player.sign_in(gateway.url());
  chmod(player.account_file().c_str(), 0644);
  const auto played = player.play({"whoami"});
  CHECK(played.exit == 5);
  CHECK(played.err.find("chmod 600 " + player.account_file()) != std::string::npos);
  CHECK(gateway.requests().empty());
}

TEST_CASE("the kept token is never sent to another installation") {
  Gateway gateway;
  gateway.answer("GET", "/api/session", kUser);
  gateway.start();
  Player player;
  player.sign_in("https://turnkey.example");
  const auto played = player.play({"whoami", "--url", gateway.url()});
  CHECK(played.exit == 5);
  CHECK(played.err.find("turnkeyctl login " + gateway.url()) != std::string::npos);
  CHECK(gateway.requests().empty());
}

TEST_CASE("options come before the environment, and the environment before what is kept") {
  Gateway gateway;
  gateway.answer("GET", "/api/session", kUser);
  gateway.start();
  Player player;
  player.sign_in("https://turnkey.example");
  const std::string other = "tk_" + std::string(64, 'b');
  write_file(player.file("token"), other + "\n");
  write_file(player.file("third"), "tk_" + std::string(64, 'c') + "\n");
  player.environment["TURNKEY_URL"] = gateway.url();
  player.environment["TURNKEY_TOKEN_FILE"] = player.file("token");
  CHECK(player.play({"whoami"}).exit == 0);
  CHECK(gateway.last().header("authorization") == "Bearer " + other);
  CHECK(player.play({"--token-file", player.file("third"), "whoami"}).exit == 0);
  CHECK(gateway.last().header("authorization") == "Bearer tk_" + std::string(64, 'c'));
}

TEST_CASE("logout takes the token back at the server before it forgets it") {
  Gateway gateway;
  gateway.answer("DELETE", "/api/tokens/{id}", {}, 204);
  gateway.start();
  Player player;
  player.sign_in(gateway.url());
  CHECK(player.play({"logout"}).exit == 0);
  CHECK(gateway.asked() == std::vector<std::string>{"DELETE /api/tokens/5f0c9a1b2c3d4e5f60718293"});
  CHECK_FALSE(exists(player.account_file()));
  CHECK(player.play({"logout"}).exit == 0);
  CHECK(player.play({"whoami"}).exit == 5);
}

TEST_CASE("logout keeps the token when the server cannot be told") {
  Player player;
  player.sign_in("http://127.0.0.1:" + std::to_string(turnkey::testing::free_port()));
  CHECK(player.play({"logout"}).exit == 8);
  CHECK(exists(player.account_file()));
}

TEST_CASE("S19 a password is not sent without TLS to another machine") {
  Player player;
  const auto played = player.play({"login", "http://turnkey.example", "--email", "kim@t.example"});
  CHECK(played.exit == 2);
  CHECK(played.err.find("plain http is for this machine itself alone") != std::string::npos);
}
