// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

#include "service/stage.hpp"
#include "testing/process.hpp"

using namespace turnkey;
using namespace turnkey::gateway;
using namespace turnkey::gateway::tests;

namespace {

const std::string kIcons = "services/experience-gateway/web/public/icons/";

Config branded(const Stage& stage, const std::string& folder) {
  Config config = stage.config("branded");
  config.product_name = "Kanarra Power";
  std::vector<std::string> errors;
  config.branding = read_branding({folder, "#7a1f5c", ""}, errors);
  REQUIRE(errors.empty());
  return config;
}

}  // namespace

TEST_CASE("without branding every picture is the web app's own, and nothing is missing") {
  auto& s = stage();
  const Browser nobody{s.app->http_port()};
  const auto sheet = nobody.get("/branding/theme.css");
  CHECK(sheet.status == 200);
  CHECK(sheet.header("content-type") == "text/css; charset=utf-8");
  CHECK(sheet.body.empty());
  const std::pair<const char*, const char*> own[] = {{"logo", "/icons/turnkey.svg"},
                                                     {"favicon", "/icons/turnkey.svg"},
                                                     {"touch-icon", "/icons/turnkey-180.png"}};
  for (const auto& [name, location] : own) {
    const auto answer = nobody.get(std::string("/branding/") + name);
    INFO(name);
    CHECK(answer.status == 302);
    CHECK(answer.header("location") == location);
    CHECK(std::filesystem::exists("services/experience-gateway/web/public" + std::string(location)));
  }
  const auto manifest = nobody.get("/branding/manifest.webmanifest").json();
  CHECK(manifest.at("name") == "Turnkey");
  CHECK(manifest.at("theme_color") == "#0f2027");
  for (const auto& icon : manifest.at("icons"))
    CHECK(std::filesystem::exists("services/experience-gateway/web/public" +
                                  icon.at("src").get<std::string>()));
  const auto config = nobody.get("/api/config").json();
  CHECK(config.at("branding") == Json{{"logoUrl", nullptr}, {"barColour", nullptr}});
}

TEST_CASE("own logo, name and colours are given to everybody, and only once") {
  auto& s = stage();
  const testing::TemporaryFolder folder;
  std::filesystem::copy_file(kIcons + "turnkey.svg", folder.path() + "/logo.svg");
  std::filesystem::copy_file(kIcons + "turnkey-192.png", folder.path() + "/favicon.png");
  App app(branded(s, folder.path()), s.clock);
  const Browser nobody{app.http_port()};
  const auto config = nobody.get("/api/config").json();
  CHECK(config.at("productName") == "Kanarra Power");
  CHECK(config.at("branding").at("logoUrl") == "/branding/logo");
  const auto manifest = nobody.get("/branding/manifest.webmanifest").json();
  CHECK(manifest.at("name") == "Kanarra Power");
  CHECK(manifest.at("theme_color") == config.at("branding").at("barColour"));
  CHECK(manifest.at("icons").size() == 2);
  const std::pair<const char*, const char*> files[] = {{"theme.css", "text/css; charset=utf-8"},
                                                       {"logo", "image/svg+xml"},
                                                       {"favicon", "image/png"},
                                                       {"touch-icon", "image/png"},
                                                       {"manifest.webmanifest", "application/manifest+json"}};
  for (const auto& [name, type] : files) {
    const std::string path = std::string("/branding/") + name;
    INFO(path);
    const auto first = nobody.get(path);
    CHECK(first.status == 200);
    CHECK(first.header("content-type") == type);
    CHECK_FALSE(first.body.empty());
    const std::string tag = first.header("etag");
    for (const auto& known : {tag, "W/" + tag, "\"x\", W/" + tag}) {
      const auto again = nobody.get(path, "If-None-Match: " + known + "\r\n");
      CHECK(again.status == 304);
      CHECK(again.body.empty());
      CHECK(again.header("etag") == tag);
    }
    CHECK(nobody.get(path, "If-None-Match: \"other\"\r\n").status == 200);
  }
  CHECK(nobody.get("/branding/theme.css").body.find("--brand-button:#7a1f5c;") != std::string::npos);
  CHECK(nobody.get("/branding/else").status == 404);
}
