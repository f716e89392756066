// SPDX-License-Identifier: Apache-2.0
#include "labels/document.hpp"

#include "labels/code.hpp"

namespace turnkey::labels {

core::Result<Document> plan(Order order) {
  if (order.start < 1 || order.start > order.sheet.cells())
    return core::invalid(
        "The sheet has no such label.",
        {{"start", "out_of_range",
          "a whole number from 1 to " + std::to_string(order.sheet.cells()) + " is needed"}});
  std::vector<std::string> links;
  links.reserve(order.serials.size());
  for (const auto& serial : order.serials) links.push_back(link_of(order.host, serial));
  const int version = version_of(links);
  DesignWish wish;
  wish.modules = modules_of_version(version);
  wish.module = order.module;
  wish.dot = order.dots_per_mm > 0 ? 1 / order.dots_per_mm : 0;
  wish.logo_aspect = order.logo == nullptr ? 0 : order.logo->aspect();
  auto design = design_label(order.sheet, wish);
  if (!design) return design.error();
  return Document{std::move(order), version, std::move(*design)};
}

std::vector<Line> Document::lines(const std::string& serial) const {
  return lines_of(design, {serial, order.title, order.product}, order.fonts);
}

int Document::pages() const {
  const int cells = order.sheet.cells();
  const int places = order.start - 1 + static_cast<int>(order.serials.size());
  return places == 0 ? 1 : (places + cells - 1) / cells;
}

}  // namespace turnkey::labels
