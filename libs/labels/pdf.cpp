// SPDX-License-Identifier: Apache-2.0
// The only user of libharu. Its objects live in its document; it reports errors through a function that may
// not throw, so the first one is kept and thrown at the end.
#include <fmt/format.h>
#include <hpdf.h>
#include <hpdf_objects.h>
#include <hpdf_streams.h>

#include <array>
#include <memory>
#include <stdexcept>

#include "labels/code.hpp"
#include "labels/document.hpp"
#include "labels/text.hpp"

namespace turnkey::labels {
namespace {

constexpr float kPointsPerMm = 72.0F / 25.4F;
constexpr char32_t kUnknown = U'□';
constexpr char32_t kLastOfHaru = 0xFFFF;  // it writes two bytes a character

struct Failure {
  HPDF_STATUS error = 0;
  HPDF_STATUS detail = 0;
};

void keep_first(HPDF_STATUS error, HPDF_STATUS detail, void* into) {
  auto& failure = *static_cast<Failure*>(into);
  if (failure.error == 0) failure = {error, detail};
}

// libharu writes a map to Unicode that readers refuse (cid ranges where bf ranges belong): text could not be
// searched or copied. Its codes of characters are those of UCS-2 already.
std::string map_to_unicode() {
  constexpr int kBlock = 64;  // ranges; a block holds 100 at most, and a range one high byte
  std::string map =
      "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
      "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
      "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
      "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n";
  for (int high = 0; high < 256; ++high) {
    if (high % kBlock == 0) map += fmt::format("{} beginbfrange\n", kBlock);
    map += fmt::format("<{0:02X}00> <{0:02X}FF> <{0:02X}00>\n", high);
    if (high % kBlock == kBlock - 1) map += "endbfrange\n";
  }
  return map + "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n";
}

void correct_map(HPDF_Font font) {
  const auto map = static_cast<HPDF_Dict>(HPDF_Dict_GetItem(font, "ToUnicode", HPDF_OCLASS_DICT));
  if (map == nullptr) return;
  HPDF_MemStream_FreeData(map->stream);
  HPDF_Stream_WriteStr(map->stream, map_to_unicode().c_str());
}

float number(double value) { return static_cast<float>(value); }

class Writer {
 public:
  explicit Writer(const Document& document)
      : document_(document), pdf_(HPDF_New(keep_first, &failure_), HPDF_Free) {
    if (!pdf_) throw std::bad_alloc();
    HPDF_SetCompressionMode(pdf_.get(), HPDF_COMP_ALL);
    HPDF_UseUTFEncodings(pdf_.get());
    for (const Face face : {Face::serial, Face::title, Face::product}) {
      const char* name =
          HPDF_LoadTTFontFromFile(pdf_.get(), document.order.fonts.file(face).c_str(), HPDF_TRUE);
      const HPDF_Font font = name == nullptr ? nullptr : HPDF_GetFont(pdf_.get(), name, "UTF-8");
      if (font != nullptr) correct_map(font);
      fonts_[static_cast<std::size_t>(face)] = font;
    }
    if (const Logo* logo = document.order.logo; logo != nullptr)
      logo_ = HPDF_LoadRawImageFromMem(pdf_.get(), logo->rgb.data(), static_cast<HPDF_UINT>(logo->width),
                                       static_cast<HPDF_UINT>(logo->height), HPDF_CS_DEVICE_RGB, 8);
    HPDF_SetInfoAttr(pdf_.get(), HPDF_INFO_TITLE, "Labels");
    throw_if_failed();
  }

  std::string write() {
    const Order& order = document_.order;
    const int cells = order.sheet.cells();
    int place = order.start - 1;
    begin_page();
    for (const auto& serial : order.serials) {
      if (place == cells) {
        begin_page();
        place = 0;
      }
      const Rect at = order.sheet.cell(place++);
      add_code(at, serial);
      add_logo(at);
      add_lines(at, serial);
    }
    throw_if_failed();
    return saved();
  }

 private:
  void throw_if_failed() const {
    if (failure_.error != 0)
      throw std::runtime_error("libharu: error " + std::to_string(failure_.error) + ", " +
                               std::to_string(failure_.detail));
  }

  // Millimetres from the lower left corner, as PDF counts.
  double from_below(double y) const { return document_.order.sheet.page().height - y; }

  void begin_page() {
    throw_if_failed();
    const Rect size = document_.order.sheet.page();
    page_ = HPDF_AddPage(pdf_.get());
    HPDF_Page_SetWidth(page_, number(size.width) * kPointsPerMm);
    HPDF_Page_SetHeight(page_, number(size.height) * kPointsPerMm);
    HPDF_Page_Concat(page_, kPointsPerMm, 0, 0, kPointsPerMm, 0, 0);
  }

  // In units of modules: short numbers, as thousands of codes wait in memory until the document is saved.
  void add_code(const Rect& label, const std::string& serial) {
    const Design& design = document_.design;
    const float module = number(design.module);
    HPDF_Page_GSave(page_);
    HPDF_Page_Concat(page_, module, 0, 0, module, number(label.x + design.code.x),
                     number(from_below(label.y + design.code.bottom())));
    const int top = modules_of_version(document_.version) - 1;
    for (const Run& run : make_code(link_of(document_.order.host, serial), document_.version))
      HPDF_Page_Rectangle(page_, number(run.x), number(top - run.y), number(run.length), 1);
    HPDF_Page_Fill(page_);
    HPDF_Page_GRestore(page_);
  }

  void add_logo(const Rect& label) {
    const Rect& logo = document_.design.logo;
    if (logo_ == nullptr || logo.width <= 0) return;
    HPDF_Page_DrawImage(page_, logo_, number(label.x + logo.x), number(from_below(label.y + logo.bottom())),
                        number(logo.width), number(logo.height));
  }

  void add_lines(const Rect& label, const std::string& serial) {
    HPDF_Page_BeginText(page_);
    for (const Line& line : document_.lines(serial)) {
      HPDF_Page_SetFontAndSize(page_, fonts_[static_cast<std::size_t>(line.face)], number(line.size));
      HPDF_Page_SetTextMatrix(page_, 1, 0, 0, 1, number(label.x + line.x),
                              number(from_below(label.y + line.baseline)));
      HPDF_Page_ShowText(page_, drawable(line).c_str());
    }
    HPDF_Page_EndText(page_);
  }

  std::string drawable(const Line& line) const {
    std::u32string text = in_visual_order(line.text);
    for (char32_t& c : text)
      if (c > kLastOfHaru || !document_.order.fonts.has(line.face, c)) c = kUnknown;
    return utf8(text);
  }

  std::string saved() {
    HPDF_SaveToStream(pdf_.get());
    throw_if_failed();
    std::string out(HPDF_GetStreamSize(pdf_.get()), '\0');
    HPDF_ResetStream(pdf_.get());
    auto size = static_cast<HPDF_UINT32>(out.size());
    HPDF_ReadFromStream(pdf_.get(), reinterpret_cast<HPDF_BYTE*>(out.data()), &size);
    out.resize(size);
    return out;
  }

  const Document& document_;
  Failure failure_;
  std::unique_ptr<std::remove_pointer_t<HPDF_Doc>, decltype(&HPDF_Free)> pdf_;
  std::array<HPDF_Font, 3> fonts_{};
  HPDF_Image logo_ = nullptr;
  HPDF_Page page_ = nullptr;
};

}  // namespace

std::string pdf(const Document& document) { return Writer(document).write(); }

}  // namespace turnkey::labels
