// SPDX-License-Identifier: Apache-2.0
#include "inbound/control_messages.hpp"

#include <catch2/catch.hpp>

#include "outbound/metrics_file.hpp"
#include "outbound/pg_credentials.hpp"

using namespace turnkey::broker;
namespace core = turnkey::core;

namespace {
const std::string kKey = "0f8fad5b-d9cb-469f-a165-70867728950e";
const std::string kDevice = "0123456789abcdef01234567";
const std::string kHash(64, 'a');
}  // namespace

TEST_CASE("changes of credentials are read as a whole or not at all") {
  const auto rows = decode_credential_changes(R"({"revision":7,"changes":[{"accessKey":")" + kKey +
                                              R"(","deviceId":")" + kDevice + R"(","secretHash":")" + kHash +
                                              R"("},{"accessKey":")" + kKey + R"(","revoked":true}]})");
  REQUIRE(rows);
  REQUIRE(rows->size() == 2);
  CHECK((*rows)[0].revision == 7);
  CHECK((*rows)[0].credential.device.str() == kDevice);
  CHECK((*rows)[1].revoked);
  for (const std::string& bad :
       std::vector<std::string>{std::string(), std::string("{}"), std::string("[]"),
                                std::string("{\"revision\":\"7\",\"changes\":[]}"),
                                std::string("{\"revision\":7,\"changes\":[1]}"),
                                R"({"revision":7,"changes":[{"accessKey":")" + kKey + R"("}]})",
                                R"({"revision":7,"changes":[{"accessKey":"x","revoked":true}]})",
                                R"({"revision":7,"changes":[{"accessKey":")" + kKey + R"(","deviceId":")" +
                                    kDevice + R"(","secretHash":"ab"}]})"}) {
    INFO(bad);
    CHECK_FALSE(decode_credential_changes(bad));
  }
}

TEST_CASE("a key is a device's or an integration's, never both's") {
  const auto change = [](const std::string& whose) {
    return decode_credential_changes(R"({"revision":7,"changes":[{"accessKey":")" + kKey +
                                     R"(","secretHash":")" + kHash + "\"" + whose + "}]}");
  };
  const std::string device = R"(,"deviceId":")" + kDevice + "\"";
  const std::string integration = R"(,"integrationId":")" + kDevice + "\"";
  CHECK((*change(device))[0].credential.holder == Holder::device);
  const auto rows = change(integration);
  REQUIRE(rows);
  CHECK((*rows)[0].credential.holder == Holder::integration);
  CHECK((*rows)[0].credential.device.str() == kDevice);
  CHECK_FALSE(change(device + integration));
  CHECK_FALSE(change(R"(,"integrationId":"x")"));
}

TEST_CASE("limits of a key are read with it, and a malformed one spoils the whole message") {
  const auto change = [](const std::string& limits) {
    return decode_credential_changes(R"({"revision":7,"changes":[{"accessKey":")" + kKey +
                                     R"(","deviceId":")" + kDevice + R"(","secretHash":")" + kHash + "\"" +
                                     limits + "}]}");
  };
  const auto limited =
      change(R"(,"allowedAddresses":["10.0.0.0/8","2001:db8::/32"],"validUntil":"2026-11-22T21:48:05.130Z")");
  REQUIRE(limited);
  CHECK((*limited)[0].limits.allowed.size() == 2);
  CHECK((*limited)[0].limits.valid_until == core::from_iso("2026-11-22T21:48:05.130Z"));
  REQUIRE(change(""));
  CHECK((*change(""))[0].limits.none());
  std::string most = R"(,"allowedAddresses":["10.0.0.0/8")";
  for (std::size_t i = 1; i < kMostRanges; ++i) most += R"(,"10.0.0.0/8")";
  CHECK(change(most + "]"));
  for (const std::string& bad :
       {most + R"(,"10.0.0.0/8"])", std::string(R"(,"allowedAddresses":[])"),
        std::string(R"(,"allowedAddresses":null)"), std::string(R"(,"allowedAddresses":"10.0.0.0/8")"),
        std::string(R"(,"allowedAddresses":["10.0.0.1/8"])"), std::string(R"(,"allowedAddresses":[7])"),
        std::string(R"(,"allowedAddresses":{"0":"10.0.0.0/8"})"), std::string(R"(,"validUntil":null)"),
        std::string(R"(,"validUntil":1764000000000)"), std::string(R"(,"validUntil":"soon")")}) {
    INFO(bad);
    CHECK_FALSE(change(bad));
  }
}

TEST_CASE("a message about the journal is a hello or ranges") {
  CHECK(decode_journal_control(R"({"hello":true})")->hello);
  const auto spooled = decode_journal_control(R"({"spooled":[{"journal":"j","segment":1,"from":2,"to":3}]})");
  REQUIRE(spooled);
  REQUIRE(spooled->spooled.size() == 1);
  CHECK(spooled->spooled[0].to == 3);
  for (const char* bad : {"", "{}", "null", R"({"spooled":[{}]})", R"({"hello":"true"})",
                          R"({"spooled":[{"journal":"j","segment":-1,"from":2,"to":3}]})",
                          R"({"spooled":[{"journal":"j","segment":1.5,"from":2,"to":3}]})"}) {
    CHECK_FALSE(decode_journal_control(bad));
  }
}

TEST_CASE("a row of the credentials view is read, a tombstone without its columns too") {
  const std::string unlimited = "\t\\N\t\\N\tdevice";
  const std::string head = kKey + "\t" + kDevice + "\t" + kHash;
  const auto row = parse_credential_line(head + "\t42\tf" + unlimited);
  REQUIRE(row);
  CHECK(row->revision == 42);
  CHECK_FALSE(row->revoked);
  CHECK(row->limits.none());
  CHECK(parse_credential_line(kKey + "\t\\N\t\\N\t43\tt" + unlimited)->revoked);
  CHECK_FALSE(parse_credential_line(kKey + "\t\\N\t\\N\t43\tf" + unlimited));
  CHECK_FALSE(parse_credential_line(head + "\tx\tf" + unlimited));
  CHECK_FALSE(parse_credential_line(head + "\t1\tf"));
  CHECK_FALSE(parse_credential_line(""));
  const std::string by_holder = head + "\t42\tf\t\\N\t\\N\t";
  CHECK(row->credential.holder == Holder::device);
  CHECK(parse_credential_line(by_holder + "integration")->credential.holder == Holder::integration);
  CHECK_FALSE(parse_credential_line(by_holder + "service"));
}

TEST_CASE("a row of the credentials view is read with its end and its allowed addresses") {
  const std::string head = kKey + "\t" + kDevice + "\t" + kHash + "\t42\tf\t";
  const auto row = parse_credential_line(head + "1764000000123\t10.0.0.0/8,2001:db8::/32\tdevice");
  REQUIRE(row);
  CHECK(core::to_epoch_ms(*row->limits.valid_until) == 1764000000123);
  CHECK(row->limits.allowed.size() == 2);
  CHECK(parse_credential_line(head + "\\N\t\tdevice")->limits.none());  // an empty array
  for (const char* bad : {"soon\t\\N", "\\N\t10.0.0.0/8,", "\\N\thost", "\\N\t10.0.0.1/8", "\t\\N"}) {
    INFO(bad);
    CHECK_FALSE(parse_credential_line(head + bad + "\tdevice"));
  }
}

TEST_CASE("the metrics name every counter") {
  Metrics metrics;
  metrics.reports_refused_full = 3;
  metrics.logins[3] = 5;
  const std::string text = to_prometheus(metrics);
  CHECK(text.find("turnkey_broker_reports_refused_total{reason=\"journal_full\"} 3\n") != std::string::npos);
  CHECK(text.find("turnkey_broker_logins_total{who=\"device\",outcome=\"wrong_secret\"} 5\n") !=
        std::string::npos);
}
