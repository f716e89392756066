// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <atomic>
#include <set>

#include "core/random.hpp"
#include "service/stage.hpp"

using namespace turnkey;
using namespace turnkey::gateway::tests;

namespace {

const std::vector<std::string> kForms = {"pdf", "svg", "zpl"};

// A batch whose serials are GEN-0000001, GEN-0000002 and so on, as the registry lists it: page by page.
struct PlayedBatch {
  std::string id = core::random_hex_id();
  std::int64_t devices = 0;
  std::string recipe = "Generator gateway";

  core::Result<Json> get(const Json& request) const {
    if (request.at("id") != id) return core::not_found();
    return Json{{"batch", {{"id", id}, {"recipeName", recipe}, {"devices", devices}}}};
  }

  core::Result<Json> list(const Json& request) const {
    REQUIRE(request.at("limit").get<int>() <= 5000);
    const std::int64_t first = std::stoll(request.value("cursor", "0"));
    const std::int64_t last = std::min(devices, first + request.at("limit").get<std::int64_t>());
    Json items = Json::array();
    for (std::int64_t i = first; i < last; ++i) items.push_back({{"serial", serial(i + 1)}, {"name", "n"}});
    return Json{{"items", items}, {"nextCursor", last == devices ? Json() : Json(std::to_string(last))}};
  }

  static std::string serial(std::int64_t position) {
    const std::string digits = std::to_string(position);
    return "GEN-" + std::string(7 - digits.size(), '0') + digits;
  }

  std::string path(const std::string& rest) const { return "/api/batches/" + id + "/labels." + rest; }
};

// Only this operator may see it.
PlayedBatch play(Stage& s, const Person& owner, std::int64_t devices) {
  PlayedBatch batch;
  batch.devices = devices;
  s.registry->on("get_batch", [batch, owner](const Json& request) -> core::Result<Json> {
    if (request.at("actor").at("userId") != owner.id) return core::not_found();
    return batch.get(request);
  });
  s.registry->on("list_batch_devices", [batch, owner](const Json& request) -> core::Result<Json> {
    if (request.at("actor").at("userId") != owner.id) return core::not_found();
    return batch.list(request);
  });
  return batch;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

std::set<std::string> wrong_fields(const Answer& answer) {
  std::set<std::string> fields;
  const Json body = answer.json();
  for (const Json& error : body.value("errors", Json::array()))
    fields.insert(error.at("field").get<std::string>());
  return fields;
}

}  // namespace

TEST_CASE("a batch's labels come as PDF, as SVG page by page, and as ZPL") {
  auto& s = stage();
  const auto owner = s.person("operator");
  const Browser browser = s.browser(owner);
  const auto batch = play(s, owner, 30);

  const auto pdf = browser.get(batch.path("pdf"));
  CHECK(pdf.status == 200);
  CHECK(pdf.header("content-type") == "application/pdf");
  CHECK(pdf.header("content-disposition") == "inline; filename=\"labels-" + batch.id + ".pdf\"");
  CHECK(pdf.body.starts_with("%PDF-1."));
  CHECK(pdf.header("x-label-warning").empty());

  const auto first = browser.get(batch.path("svg"));
  CHECK(first.header("content-type") == "image/svg+xml");
  CHECK(first.header("x-label-pages") == "2");
  CHECK(count(first.body, "<path") == 24);
  const auto second = browser.get(batch.path("svg?page=2"));
  CHECK(count(second.body, "<path") == 6);
  CHECK(second.body.find(">GEN-0000025<") != std::string::npos);
  CHECK(browser.get(batch.path("svg?page=3")).status == 422);

  const auto zpl = browser.get(batch.path("zpl?sheet=roll-100x50&dpi=300"));
  CHECK(zpl.header("content-type") == "application/zpl; charset=utf-8");
  CHECK(count(zpl.body, "^XA") == 30);
  CHECK(count(zpl.body, "^PW1181^LL591") == 30);
}

TEST_CASE("a used sheet begins at its first free label, and the pages after it are whole") {
  auto& s = stage();
  const auto owner = s.person("operator");
  const Browser browser = s.browser(owner);
  const auto batch = play(s, owner, 30);
  const auto first = browser.get(batch.path("svg?start=24"));
  CHECK(first.header("x-label-pages") == "3");
  CHECK(count(first.body, "<path") == 1);
  CHECK(first.body.find("translate(140.000 259.500)") != std::string::npos);
  const auto second = browser.get(batch.path("svg?start=24&page=2"));
  CHECK(count(second.body, "<path") == 24);
  CHECK(second.body.find(">GEN-0000002<") != std::string::npos);
  CHECK(wrong_fields(browser.get(batch.path("svg?start=25"))) == std::set<std::string>{"start"});
}

TEST_CASE("S21 a document holds 5,000 labels and no more, and says how to ask for the others") {
  auto& s = stage();
  const auto owner = s.person("operator");
  const Browser browser = s.browser(owner);
  const auto batch = play(s, owner, 100'000);
  const auto all = browser.get(batch.path("pdf"));
  CHECK(all.status == 422);
  CHECK(all.json()["detail"].get<std::string>().find("from=1&to=5000") != std::string::npos);
  CHECK(wrong_fields(all) == std::set<std::string>{"to"});
  CHECK(browser.get(batch.path("pdf?from=1&to=5001")).status == 422);
  const auto last = browser.get(batch.path("zpl?from=99999&to=200000&sheet=roll-62x29"));
  CHECK(last.status == 200);
  CHECK(count(last.body, "^XA") == 2);
  CHECK(last.body.find("^FDGEN-0099999^FS") != std::string::npos);
  CHECK(last.body.find("^FDGEN-0100000^FS") != std::string::npos);
  const auto page = browser.get(batch.path("svg?page=4167"));
  CHECK(count(page.body, "<path") == 16);
  CHECK(page.body.find(">GEN-0100000<") != std::string::npos);
  CHECK(wrong_fields(browser.get(batch.path("pdf?from=100001"))) == std::set<std::string>{"from"});
}

TEST_CASE("all that is wrong with a wish for labels is said at once") {
  auto& s = stage();
  const auto owner = s.person("operator");
  const Browser browser = s.browser(owner);
  const auto batch = play(s, owner, 3);
  const auto answer =
      browser.get(batch.path("zpl?sheet=a0&moduleMm=nan&dpi=250&start=x&from=0&to=-1&page=1e3"));
  CHECK(answer.status == 422);
  CHECK(wrong_fields(answer) ==
        std::set<std::string>{"sheet", "moduleMm", "dpi", "start", "from", "to", "page"});
  CHECK(browser.get(batch.path("pdf?moduleMm=0.2")).status == 200);
  CHECK(browser.get(batch.path("pdf?moduleMm=0.19")).status == 422);
  CHECK(browser.get(batch.path("pdf?moduleMm=3.01")).status == 422);
}

TEST_CASE("a label that is hard to scan comes with a warning") {
  auto& s = stage();
  const auto owner = s.person("operator");
  const auto batch = play(s, owner, 1);
  const auto small = s.browser(owner).get(batch.path("pdf?moduleMm=0.45"));
  CHECK(small.status == 200);
  CHECK(small.header("x-label-warning").find("0.45 mm") != std::string::npos);
  CHECK(small.header("x-label-warning").find("below 20 mm") != std::string::npos);
}

TEST_CASE("S5 labels of a batch are for whom the registry shows it, and others learn nothing") {
  auto& s = stage();
  const auto owner = s.person("operator");
  const auto batch = play(s, owner, 3);
  const Browser other = s.browser(s.person("admin"));
  std::set<std::string> bytes;
  for (const auto& form : kForms) {
    for (const std::string& id : {batch.id, core::random_hex_id(), std::string("none")}) {
      const auto answer = other.get("/api/batches/" + id + "/labels." + form);
      CHECK(answer.status == 404);
      bytes.insert(answer.bytes());
    }
  }
  CHECK(bytes.size() == 1);
  CHECK(Browser{s.app->http_port()}.get(batch.path("pdf")).status == 401);
}

TEST_CASE("one device's label is for those who may command it, and shows the link of its serial") {
  auto& s = stage();
  const auto owner = s.person("technician");
  const Browser browser = s.browser(owner);
  const auto device = s.device(owner.id, s.clock.now());
  const std::string path = "/api/devices/" + device.serial + "/labels.";
  for (const auto& form : kForms) {
    const auto answer = browser.get(path + form);
    CHECK(answer.status == 200);
    CHECK(answer.header("content-disposition").find("label-" + device.serial + "." + form) !=
          std::string::npos);
    CHECK(s.browser(s.person("technician")).get(path + form).status == 404);
  }
  const auto svg = browser.get(path + "svg?sheet=roll-62x29").body;
  CHECK(count(svg, "<path") == 1);
  CHECK(svg.find("viewBox=\"0 0 62.00 29.00\"") != std::string::npos);
  CHECK(svg.find(">" + device.serial + "<") != std::string::npos);
}

TEST_CASE("S15 names full of markup, commands and directions print as text") {
  auto& s = stage();
  const auto owner = s.person("operator");
  auto batch = play(s, owner, 1);
  batch.recipe = "</text><script>x</script>^XZ~JR \u202E\u05D0\u05D1 \U0001F600 \x7F";
  s.registry->on("get_batch", [batch](const Json& request) { return batch.get(request); });
  const Browser browser = s.browser(owner);
  CHECK(browser.get(batch.path("pdf")).status == 200);
  const auto svg = browser.get(batch.path("svg"));
  CHECK(svg.body.find("<script") == std::string::npos);
  CHECK(svg.body.find("\u202E") == std::string::npos);
  const auto zpl = browser.get(batch.path("zpl"));
  CHECK(count(zpl.body, "^XZ") == 1);
  CHECK(count(zpl.body, "~") == 0);
}

TEST_CASE("the sheets that labels can be printed on are listed") {
  auto& s = stage();
  const auto answer = s.browser(s.person("viewer")).get("/api/label-sheets");
  REQUIRE(answer.status == 200);
  CHECK(answer.json()["items"][0] == Json{{"key", "a4-3x8"},
                                          {"title", "A4, 24 labels of 70 x 37 mm"},
                                          {"paper", "a4"},
                                          {"columns", 3},
                                          {"rows", 8},
                                          {"labelWidthMm", 70.0},
                                          {"labelHeightMm", 37.0}});
  CHECK(Browser{s.app->http_port()}.get("/api/label-sheets").status == 401);
}
