// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <openssl/evp.h>

#include "labels/code.hpp"
#include "labels/document.hpp"
#include "labels/text.hpp"

namespace turnkey::labels {
namespace {

const char* family(Face face) {
  switch (face) {
    case Face::serial:
      return "font-family=\"'DejaVu Sans Mono',monospace\" font-weight=\"bold\"";
    case Face::title:
      return "font-family=\"'DejaVu Sans',Verdana,sans-serif\" font-weight=\"bold\"";
    case Face::product:
      return "font-family=\"'DejaVu Sans',Verdana,sans-serif\"";
  }
  return "";
}

std::string base64(const std::string& bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // and the zero that OpenSSL writes
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

// All dark runs as one path: so that no renderer leaves seams between them.
void add_code(std::string& out, const Document& document, const std::string& serial) {
  const Rect& code = document.design.code;
  out += fmt::format("<path transform=\"translate({:.3f} {:.3f}) scale({:.4f})\" d=\"", code.x, code.y,
                     document.design.module);
  for (const Run& run : make_code(link_of(document.order.host, serial), document.version))
    out += fmt::format("M{} {}h{}v1h-{}z", run.x, run.y, run.length, run.length);
  out += "\"/>\n";
}

// The width is given, so that a viewer with another font does not leave the label.
void add_line(std::string& out, const Line& line) {
  out += fmt::format(
      "<text x=\"{:.3f}\" y=\"{:.3f}\" font-size=\"{:.3f}\" {} textLength=\"{:.3f}\" "
      "lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\">{}</text>\n",
      line.x, line.baseline, line.size, family(line.face), line.width, xml_escaped(utf8(line.text)));
}

void add_label(std::string& out, const Document& document, const std::string& serial) {
  add_code(out, document, serial);
  if (const Rect& logo = document.design.logo; logo.width > 0)
    out += fmt::format("<use href=\"#logo\" x=\"{:.3f}\" y=\"{:.3f}\"/>\n", logo.x, logo.y);
  for (const Line& line : document.lines(serial)) add_line(out, line);
}

std::string begin(const Document& document, const Rect& page) {
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.2f}mm\" height=\"{1:.2f}mm\" "
      "viewBox=\"0 0 {0:.2f} {1:.2f}\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
      page.width, page.height);
  if (const Rect& logo = document.design.logo; logo.width > 0)
    out += fmt::format(
        "<defs><image id=\"logo\" width=\"{:.3f}\" height=\"{:.3f}\" "
        "href=\"data:image/png;base64,{}\"/></defs>\n",
        logo.width, logo.height, base64(document.order.logo->png));
  return out;
}

}  // namespace

std::string svg_label(const Document& document) {
  std::string out = begin(document, {0, 0, document.design.width, document.design.height});
  if (!document.order.serials.empty()) add_label(out, document, document.order.serials.front());
  return out + "</svg>\n";
}

std::string svg_page(const Document& document, int page) {
  const Order& order = document.order;
  std::string out = begin(document, order.sheet.page());
  const int cells = order.sheet.cells();
  for (int cell = 0; cell < cells; ++cell) {
    const int index = page * cells + cell - (order.start - 1);
    if (index < 0 || index >= static_cast<int>(order.serials.size())) continue;
    const Rect at = order.sheet.cell(cell);
    out += fmt::format("<g transform=\"translate({:.3f} {:.3f})\">\n", at.x, at.y);
    add_label(out, document, order.serials[static_cast<std::size_t>(index)]);
    out += "</g>\n";
  }
  return out + "</svg>\n";
}

}  // namespace turnkey::labels
