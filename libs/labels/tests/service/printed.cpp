// SPDX-License-Identifier: Apache-2.0
#include "service/printed.hpp"

#include <ZXing/ReadBarcode.h>
#include <ZXing/TextUtfEncoding.h>
#include <png.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

#include "testing/process.hpp"

namespace turnkey::labels::tests {
namespace {

std::string file_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("there is no " + path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

// Both renderers complain only when something is not as it should be.
void run(const std::vector<std::string>& arguments, const std::string& folder) {
  testing::Child child(arguments, folder + "/log");
  if (child.wait() != 0 || !file_text(folder + "/log").empty())
    throw std::runtime_error(arguments.front() + ": " + file_text(folder + "/log"));
}

Picture read_pgm(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string magic;
  Picture picture;
  int most = 0;
  in >> magic >> picture.width >> picture.height >> most;
  in.get();
  if (magic != "P5" || most != 255) throw std::runtime_error("no grey picture: " + path);
  picture.grey.resize(static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height));
  in.read(reinterpret_cast<char*>(picture.grey.data()), static_cast<std::streamsize>(picture.grey.size()));
  return picture;
}

std::vector<ZXing::Result> results_in(const Picture& picture) {
  const ZXing::ImageView view(picture.grey.data(), picture.width, picture.height, ZXing::ImageFormat::Lum);
  ZXing::DecodeHints hints;
  hints.setFormats(ZXing::BarcodeFormat::QRCode);
  hints.setTryHarder(true);
  return ZXing::ReadBarcodes(view, hints);
}

unsigned hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  throw std::runtime_error(std::string("not a hexadecimal digit: ") + c);
}

// One label while it is read.
class Interpreter {
 public:
  void command(const std::string& name, const std::string& data) {
    ++label_.commands[name];
    if (name == "PW") label_.width = std::stoi(data);
    if (name == "LL") label_.height = std::stoi(data);
    if (name == "FO" || name == "FT") at(data);
    if (name == "GF") graphic(data);
    if (name == "FH") hex_ = data.at(0);
    if (name == "FD") label_.texts.push_back(field(data));
    if (name == "FS") hex_ = 0;
  }
  ZplLabel take() { return std::move(label_); }

 private:
  void at(const std::string& data) {
    x_ = std::stoi(data);
    y_ = std::stoi(data.substr(data.find(',') + 1));
  }

  std::string field(const std::string& data) const {
    std::string out;
    for (std::size_t i = 0; i < data.size(); ++i) {
      if (hex_ == 0 || data[i] != hex_) {
        out.push_back(data[i]);
        continue;
      }
      out.push_back(static_cast<char>(hex_digit(data.at(i + 1)) * 16 + hex_digit(data.at(i + 2))));
      i += 2;
    }
    return out;
  }

  // A,bytes,bytes,row bytes,rows in hexadecimal; a colon repeats the row above.
  void graphic(const std::string& data) {
    std::istringstream in(data);
    std::string form, sent, total, row, digits;
    std::getline(in, form, ',');
    std::getline(in, sent, ',');
    std::getline(in, total, ',');
    std::getline(in, row, ',');
    std::getline(in, digits, ',');
    if (form != "A" || sent != total) throw std::runtime_error("an unknown form of graphic");
    const auto row_digits = 2 * std::stoul(row);
    std::vector<std::string> rows;
    for (std::size_t i = 0; i < digits.size();) {
      rows.push_back(digits[i] == ':' ? rows.at(rows.size() - 1) : digits.substr(i, row_digits));
      i += digits[i] == ':' ? 1 : row_digits;
    }
    if (rows.size() * std::stoul(row) != std::stoul(total))
      throw std::runtime_error("a graphic of another size");
    draw(rows);
  }

  void draw(const std::vector<std::string>& rows) {
    Picture& picture = label_.picture;
    if (picture.grey.empty()) {
      picture = {label_.width, label_.height, {}};
      picture.grey.assign(static_cast<std::size_t>(label_.width * label_.height), 255);
    }
    for (std::size_t y = 0; y < rows.size(); ++y) {
      for (std::size_t x = 0; x < rows[y].size() * 4; ++x) {
        if (((hex_digit(rows[y].at(x / 4)) >> (3 - x % 4)) & 1U) == 0) continue;
        const std::size_t px = static_cast<std::size_t>(x_) + x;
        const std::size_t py = static_cast<std::size_t>(y_) + y;
        if (px >= static_cast<std::size_t>(label_.width)) throw std::runtime_error("ink beside the label");
        picture.grey.at(py * static_cast<std::size_t>(label_.width) + px) = 0;
      }
    }
  }

  ZplLabel label_;
  int x_ = 0;
  int y_ = 0;
  char hex_ = 0;
};

}  // namespace

Picture part_of(const Picture& page, const Rect& rect, int dpi) {
  const auto dots = [dpi](double mm) { return static_cast<int>(mm * dpi / 25.4); };
  Picture part{std::min(dots(rect.width), page.width - dots(rect.x)),
               std::min(dots(rect.height), page.height - dots(rect.y)),
               {}};
  for (int y = 0; y < part.height; ++y) {
    const auto row = page.grey.begin() + (dots(rect.y) + y) * page.width + dots(rect.x);
    part.grey.insert(part.grey.end(), row, row + part.width);
  }
  return part;
}

std::vector<Picture> pictures_of_pdf(const std::string& pdf, int dpi) {
  const testing::TemporaryFolder folder;
  write_file(folder.path() + "/labels.pdf", pdf);
  run({"pdftoppm", "-gray", "-r", std::to_string(dpi), folder.path() + "/labels.pdf",
       folder.path() + "/page"},
      folder.path());
  std::set<std::string> paths;  // in the order of the pages: their numbers are of one length
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    if (entry.path().extension() == ".pgm") paths.insert(entry.path().string());
  std::vector<Picture> pages;
  for (const auto& path : paths) pages.push_back(read_pgm(path));
  return pages;
}

std::string text_of_pdf(const std::string& pdf) {
  const testing::TemporaryFolder folder;
  write_file(folder.path() + "/labels.pdf", pdf);
  run({"pdftotext", "-layout", folder.path() + "/labels.pdf", folder.path() + "/text"}, folder.path());
  return file_text(folder.path() + "/text");
}

Picture picture_of_svg(const std::string& svg, int dpi) {
  const testing::TemporaryFolder folder;
  write_file(folder.path() + "/labels.svg", svg);
  const std::string resolution = std::to_string(dpi);
  run({"rsvg-convert", "-d", resolution, "-p", resolution, "-o", folder.path() + "/page.png",
       folder.path() + "/labels.svg"},
      folder.path());
  const std::string png = file_text(folder.path() + "/page.png");
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_memory(&image, png.data(), png.size()) == 0)
    throw std::runtime_error("rsvg-convert made no PNG");
  image.format = PNG_FORMAT_GRAY;
  Picture picture{static_cast<int>(image.width), static_cast<int>(image.height), {}};
  picture.grey.resize(PNG_IMAGE_SIZE(image));
  png_image_finish_read(&image, nullptr, picture.grey.data(), 0, nullptr);
  return picture;
}

std::vector<ZplLabel> labels_of_zpl(const std::string& zpl) {
  std::vector<ZplLabel> labels;
  Interpreter reading;
  if (zpl.find('~') != std::string::npos) throw std::runtime_error("a control command");
  std::istringstream in(zpl);
  std::string token;
  if (std::getline(in, token, '^') && !token.empty())
    throw std::runtime_error("data before the first command");
  while (std::getline(in, token, '^')) {
    while (!token.empty() && token.back() == '\n') token.pop_back();
    const std::string name = token[0] == 'A' && token[1] != ' ' ? "A" : token.substr(0, 2);
    reading.command(name, token.substr(name.size()));
    if (name == "XZ") {
      labels.push_back(reading.take());
      reading = {};
    }
  }
  return labels;
}

std::vector<std::string> codes_in(const Picture& picture) {
  std::vector<std::string> texts;
  for (const auto& result : results_in(picture))
    texts.push_back(ZXing::TextUtfEncoding::ToUtf8(result.text()));
  return texts;
}

std::vector<std::string> error_levels_in(const Picture& picture) {
  std::vector<std::string> levels;
  for (const auto& result : results_in(picture))
    levels.push_back(ZXing::TextUtfEncoding::ToUtf8(result.ecLevel()));
  return levels;
}

}  // namespace turnkey::labels::tests
