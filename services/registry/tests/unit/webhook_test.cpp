// SPDX-License-Identifier: Apache-2.0
#include "domain/webhook.hpp"

#include <catch2/catch.hpp>

#include <set>

#include "outbound/webhook_client.hpp"

using namespace turnkey::registry;
using namespace std::chrono_literals;
namespace core = turnkey::core;

TEST_CASE("the signature is the one of the Standard Webhooks test vector") {
  const auto at = core::from_epoch_ms(1614265330'000);
  CHECK(webhook_signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", at,
                          R"({"test": 2432232314})") == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_CASE("id, time and body are all signed, to the second") {
  const std::string secret = new_webhook_secret();
  const auto at = core::from_epoch_ms(1'000'000);
  const auto signature = webhook_signature(secret, "evt_1", at, "{}");
  CHECK(webhook_signature(secret, "evt_1", at + 999ms, "{}") == signature);
  CHECK(webhook_signature(secret, "evt_1", at + 1s, "{}") != signature);
  CHECK(webhook_signature(secret, "evt_2", at, "{}") != signature);
  CHECK(webhook_signature(secret, "evt_1", at, "{ }") != signature);
  CHECK(webhook_signature(new_webhook_secret(), "evt_1", at, "{}") != signature);
  CHECK_THROWS(webhook_signature("secret", "evt_1", at, "{}"));
}

TEST_CASE("S1 every signing secret is another, of 256 bits") {
  std::set<std::string> secrets;
  for (int i = 0; i < 1000; ++i) secrets.insert(new_webhook_secret());
  CHECK(secrets.size() == 1000);
  CHECK(secrets.begin()->size() == 6 + 44);
}

TEST_CASE("only addresses anywhere on the Internet are public") {
  const auto is = [](const char* text) { return is_public(*core::IpAddress::parse(text)); };
  for (const char* text : {"8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.0", "100.63.255.255",
                           "100.128.0.0", "223.255.255.255", "2606:4700::1111", "2001:4860:4860::8888"}) {
    INFO(text);
    CHECK(is(text));
  }
  for (const char* text : {"0.0.0.0",
                           "127.0.0.1",
                           "127.255.255.254",
                           "10.0.0.1",
                           "172.16.0.0",
                           "172.31.255.255",
                           "192.168.1.1",
                           "169.254.169.254",
                           "100.64.0.0",
                           "100.127.255.255",
                           "192.0.2.1",
                           "198.18.0.1",
                           "203.0.113.9",
                           "224.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "::ffff:127.0.0.1",
                           "::ffff:10.0.0.1",
                           "::127.0.0.1",
                           "fe80::1",
                           "fc00::1",
                           "fd12::1",
                           "ff02::1",
                           "64:ff9b::7f00:1",
                           "2002:7f00:1::",
                           "2001::1",
                           "2001:db8::1",
                           "100::1"}) {
    INFO(text);
    CHECK_FALSE(is(text));
  }
}

TEST_CASE("a webhook is refused by its URL where that alone tells, and each setting allows its own") {
  const WebhookClient strict({false, false});
  CHECK_FALSE(strict.refusal("https://hooks.example/turnkey?a=b"));
  CHECK_FALSE(strict.refusal("https://8.8.8.8:8443/"));
  const auto code = [](const WebhookClient& client, const std::string& url) {
    const auto refusal = client.refusal(url);
    return refusal ? refusal->code : "";
  };
  CHECK(code(strict, "http://hooks.example/") == "not_https");
  CHECK(code(strict, "https://127.0.0.1/") == "private_address");
  CHECK(code(strict, "https://[::1]:8443/x") == "private_address");
  CHECK(code(strict, "https://hooks.example/" + std::string(2048, 'a')) == "too_long");
  for (const char* url :
       {"", "hooks.example", "ftp://hooks.example/", "https://", "https:///x",
        "https://user:secret@hooks.example/", "https://hooks.example/#a", "https://hooks.example/a b",
        "https://hooks.example:0/", "https://hooks.example:99999/", "https://ho\r\noks.example/",
        "https://hooks.example/\r\nX: y", "file:///etc/passwd"}) {
    INFO(url);
    CHECK(code(strict, url) == "malformed");
  }
  CHECK(code(WebhookClient({true, false}), "http://hooks.example/") == "");
  CHECK(code(WebhookClient({true, false}), "http://127.0.0.1/") == "private_address");
  CHECK(code(WebhookClient({true, true}), "http://127.0.0.1/") == "");
  CHECK(code(WebhookClient({false, true}), "http://127.0.0.1/") == "not_https");
}

TEST_CASE("a name that leads to this machine is refused, however it is spelled") {
  const WebhookClient strict({true, false});
  for (const char* host : {"localhost", "0x7f000001", "2130706433", "127.1", "0177.0.0.1"}) {
    INFO(host);
    const auto sent = strict.post(std::string("http://") + host + ":9/", {}, "{}");
    REQUIRE_FALSE(sent);
    CHECK(sent.error().message == "The host's address is not a public one.");
  }
}

TEST_CASE("tries grow apart from five seconds to an hour, spread by a fifth") {
  CHECK(delivery_backoff(1, 0.5) == 5s);
  CHECK(delivery_backoff(2, 0.5) == 30s);
  CHECK(delivery_backoff(3, 0.5) == 2min);
  CHECK(delivery_backoff(4, 0.5) == 10min);
  CHECK(delivery_backoff(5, 0.5) == 1h);
  CHECK(delivery_backoff(1000, 0.5) == 1h);
  CHECK(delivery_backoff(1, 0) == 4s);
  CHECK(delivery_backoff(1, 1) == 6s);
  CHECK(delivery_backoff(0, 0.5) == 5s);
}

TEST_CASE("a receiver that keeps failing is asked at most once a minute") {
  CHECK(receiver_pause(0) == 0s);
  CHECK(receiver_pause(1) == 1s);
  CHECK(receiver_pause(59) == 59s);
  CHECK(receiver_pause(60) == 1min);
  CHECK(receiver_pause(1'000'000) == 1min);
}
