// SPDX-License-Identifier: Apache-2.0
// Labels of many devices as one document: PDF and SVG for sheets and rolls, ZPL for label printers.
// Stateless, so thread safe; memory grows with the number of labels, which `kMostLabels` bounds.
#pragma once

#include <string>
#include <vector>

#include "core/result.hpp"
#include "labels/design.hpp"
#include "labels/fonts.hpp"
#include "labels/logo.hpp"
#include "labels/sheet.hpp"

namespace turnkey::labels {

inline constexpr int kMostLabels = 5000;  // of one document

// What all labels of a document share.
struct Order {
  const Sheet& sheet;
  std::string host;  // of the links
  std::string title;
  std::string product;
  const Fonts& fonts;
  const Logo* logo = nullptr;
  double module = kUsualModule;        // mm
  double dots_per_mm = 0;              // of a label printer; 0 for PDF and SVG
  int start = 1;                       // the first free label of the first sheet, 1..sheet.cells()
  std::vector<std::string> serials{};  // normalised
};

// An order that can be printed.
struct Document {
  Order order;
  int version;  // of all its codes
  Design design;
  // Lines of the label of one serial.
  std::vector<Line> lines(const std::string& serial) const;
  int pages() const;
};

// `invalid` with the fields `sheet` or `start`.
core::Result<Document> plan(Order order);

std::string pdf(const Document& document);
// `page` from 0 to pages() - 1.
std::string svg_page(const Document& document, int page);
// The first label alone, without a sheet around it.
std::string svg_label(const Document& document);
std::string zpl(const Document& document);

}  // namespace turnkey::labels
