// SPDX-License-Identifier: Apache-2.0
// Every code that is printed is read back by a decoder that shares no line with the encoder.
#include <catch2/catch.hpp>

#include <fstream>

#include "core/serial.hpp"
#include "labels/code.hpp"
#include "labels/document.hpp"
#include "service/printed.hpp"

using namespace turnkey;
using namespace turnkey::labels;
using namespace turnkey::labels::tests;

namespace {

constexpr int kDpi = 200;
constexpr std::size_t kBatch = 500;

const Fonts& fonts() {
  static const Fonts loaded = Fonts::load(Fonts::kUsualFolder).value();
  return loaded;
}

std::vector<std::string> serials(std::size_t count) {
  std::vector<std::string> made;
  for (std::size_t i = 0; i < count; ++i) made.push_back(core::make_serial("GEN").str());
  return made;
}

Order order_of(const std::string& sheet, std::vector<std::string> devices) {
  Order order{*find_sheet(sheet), "turnkey.example", "Generator gateway", "Kanarra Power", fonts()};
  order.serials = std::move(devices);
  return order;
}

// The serials whose label, at the place of the sheet where it belongs, does not read as their link.
std::vector<std::string> misread(const Document& document, const std::vector<Picture>& pages) {
  const Order& order = document.order;
  std::vector<std::string> wrong;
  for (std::size_t i = 0; i < order.serials.size(); ++i) {
    const auto place = static_cast<int>(i) + order.start - 1;
    const Picture& page = pages.at(static_cast<std::size_t>(place / order.sheet.cells()));
    const Picture label = part_of(page, order.sheet.cell(place % order.sheet.cells()), kDpi);
    if (codes_in(label) != std::vector{link_of(order.host, order.serials[i])})
      wrong.push_back(order.serials[i]);
  }
  return wrong;
}

const std::vector<std::string> kNone;

// The peak since the last call.
long most_memory_kib() {
  std::ifstream status("/proc/self/status");
  long kib = 0;
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) kib = std::stol(line.substr(6));
  std::ofstream("/proc/self/clear_refs") << "5";
  return kib;
}

}  // namespace

TEST_CASE("each of 500 codes of a batch is read from its PDF, on every sheet and roll") {
  const auto devices = serials(kBatch);
  for (const auto& sheet : sheets()) {
    INFO(sheet.key);
    const auto document = plan(order_of(std::string(sheet.key), devices)).value();
    const auto pages = pictures_of_pdf(pdf(document), kDpi);
    CHECK(pages.size() == static_cast<std::size_t>(document.pages()));
    CHECK(misread(document, pages) == kNone);
  }
}

TEST_CASE("each of 500 codes of a batch is read from its SVG pages") {
  const auto devices = serials(kBatch);
  const auto document = plan(order_of("a4-3x7", devices)).value();
  std::vector<Picture> pages;
  for (int page = 0; page < document.pages(); ++page)
    pages.push_back(picture_of_svg(svg_page(document, page), kDpi));
  CHECK(pages.size() == 24);
  CHECK(misread(document, pages) == kNone);
}

TEST_CASE("each of 500 codes of a batch is read from its ZPL, at every printer's resolution") {
  const auto devices = serials(kBatch);
  const std::vector<std::pair<double, std::string>> kPrinters = {
      {203, "roll-50x30"}, {203, "roll-62x29"}, {300, "roll-62x29"}, {600, "roll-100x50"}};
  for (const auto& [dpi, roll] : kPrinters) {
    INFO(roll << " at " << dpi);
    Order order = order_of(roll, devices);
    order.dots_per_mm = dpi / 25.4;
    const auto labels = labels_of_zpl(zpl(plan(std::move(order)).value()));
    REQUIRE(labels.size() == kBatch);
    std::size_t right = 0;
    for (std::size_t i = 0; i < kBatch; ++i)
      right += codes_in(labels[i].picture) == std::vector{link_of("turnkey.example", devices[i])} ? 1 : 0;
    CHECK(right == kBatch);
  }
}

TEST_CASE("a code is of level Q") {
  const auto document = plan(order_of("roll-100x50", serials(1))).value();
  CHECK(error_levels_in(picture_of_svg(svg_label(document), kDpi)) == std::vector<std::string>{"Q"});
}

TEST_CASE("names of other scripts are in the PDF's text, and what no font has does not harm it") {
  Order order = order_of("a4-2x4", serials(1));
  order.title = "Größe Генератор Ωμ";
  order.product = "Kanarra \U0001F600 発";
  const std::string text = text_of_pdf(pdf(plan(std::move(order)).value()));
  CHECK(text.find("Größe Генератор Ωμ") != std::string::npos);
  CHECK(text.find("Kanarra □ □") != std::string::npos);
}

TEST_CASE("S21 a document of 5,000 labels needs less than 64 MiB") {
  const auto document = plan(order_of("a4-3x8", serials(kMostLabels))).value();
  most_memory_kib();
  const auto before = most_memory_kib();
  const auto bytes = pdf(document).size();
  CHECK(most_memory_kib() - before < 64 * 1024);
  CHECK(bytes < 16 * 1024 * 1024);
}
