// SPDX-License-Identifier: Apache-2.0
// ZPL II for label printers: the code and the logo as graphics of our own, so that no firmware chooses their
// form; the words in the printer's font 0.
#include <fmt/format.h>

#include <cmath>
#include <cstdint>

#include "labels/code.hpp"
#include "labels/document.hpp"
#include "labels/text.hpp"

namespace turnkey::labels {
namespace {

constexpr unsigned kDark = 128;  // of 255: what is darker is black

// A picture of dots: rows of bytes, the first dot in the highest bit.
class Bitmap {
 public:
  Bitmap(int width, int height)
      : height_(height),
        row_bytes_((width + 7) / 8),
        bytes_(static_cast<std::size_t>(height) * static_cast<std::size_t>(row_bytes_)) {}

  void set(int x, int y) {
    auto& byte = bytes_[static_cast<std::size_t>(y * row_bytes_ + x / 8)];
    byte = static_cast<std::uint8_t>(byte | (0x80U >> static_cast<unsigned>(x % 8)));
  }

  // A row like the one before it is a colon.
  std::string graphic() const {
    std::string data;
    std::string before;
    for (int y = 0; y < height_; ++y) {
      std::string row;
      for (int i = 0; i < row_bytes_; ++i)
        row += fmt::format("{:02X}", bytes_[static_cast<std::size_t>(y * row_bytes_ + i)]);
      data += row == before ? ":" : row;
      before = std::move(row);
    }
    return fmt::format("^GFA,{0},{0},{1},{2}^FS\n", bytes_.size(), row_bytes_, data);
  }

 private:
  int height_;
  int row_bytes_;
  std::vector<std::uint8_t> bytes_;
};

struct Printer {
  double dots_per_mm;
  int dots(double mm) const { return static_cast<int>(std::lround(mm * dots_per_mm)); }
};

std::string code_graphic(const Document& document, const Printer& printer, const std::string& serial) {
  const int dots = printer.dots(document.design.module);
  const int side = modules_of_version(document.version) * dots;
  Bitmap bitmap(side, side);
  for (const Run& run : make_code(link_of(document.order.host, serial), document.version)) {
    for (int y = run.y * dots; y < (run.y + 1) * dots; ++y)
      for (int x = run.x * dots; x < (run.x + run.length) * dots; ++x) bitmap.set(x, y);
  }
  return bitmap.graphic();
}

// The nearest pixel of the picture for each dot, black or white.
std::string logo_graphic(const Logo& logo, const Rect& rect, const Printer& printer) {
  const int width = std::max(1, printer.dots(rect.width));
  const int height = std::max(1, printer.dots(rect.height));
  Bitmap bitmap(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const std::size_t pixel =
          static_cast<std::size_t>(y * logo.height / height) * static_cast<std::size_t>(logo.width) +
          static_cast<std::size_t>(x * logo.width / width);
      const std::uint8_t* rgb = &logo.rgb[3 * pixel];
      if (299U * rgb[0] + 587U * rgb[1] + 114U * rgb[2] < kDark * 1000U) bitmap.set(x, y);
    }
  }
  return bitmap.graphic();
}

// All but letters, digits and harmless signs as bytes in hexadecimal: nothing in a name begins a command.
std::string field_data(const std::string& text) {
  constexpr std::string_view kHarmless = " .-:/()";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       kHarmless.find(c) != std::string_view::npos;
    out += plain ? std::string(1, c) : fmt::format("_{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string text_field(const Line& line, const Printer& printer) {
  const int size = printer.dots(line.size);
  return fmt::format("^FT{},{}^A0N,{},{}^FH_^FD{}^FS\n", printer.dots(line.x), printer.dots(line.baseline),
                     size, size, field_data(utf8(line.text)));
}

std::string at(const Printer& printer, const Rect& rect) {
  return fmt::format("^FO{},{}", printer.dots(rect.x), printer.dots(rect.y));
}

}  // namespace

std::string zpl(const Document& document) {
  const Printer printer{document.order.dots_per_mm};
  const Design& design = document.design;
  const std::string head =
      fmt::format("^XA^CI28^PW{}^LL{}^LH0,0\n", printer.dots(design.width), printer.dots(design.height));
  const std::string logo =
      design.logo.width > 0
          ? at(printer, design.logo) + logo_graphic(*document.order.logo, design.logo, printer)
          : "";
  std::string out;
  for (const auto& serial : document.order.serials) {
    out += head + at(printer, design.code) + code_graphic(document, printer, serial) + logo;
    for (const Line& line : document.lines(serial)) out += text_field(line, printer);
    out += "^XZ\n";
  }
  return out;
}

}  // namespace turnkey::labels
