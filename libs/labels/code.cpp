// SPDX-License-Identifier: Apache-2.0
#include "labels/code.hpp"

#include <algorithm>
#include <qrcodegen/qrcodegen.hpp>

namespace turnkey::labels {
namespace {

using qrcodegen::QrCode;
using qrcodegen::QrSegment;

constexpr int kAnyMask = -1;
constexpr bool kHigherLevelWhereItFits = false;

QrCode encode(const std::string& link, int least, int most) {
  return QrCode::encodeSegments(QrSegment::makeSegments(link.c_str()), QrCode::Ecc::QUARTILE, least, most,
                                kAnyMask, kHigherLevelWhereItFits);
}

}  // namespace

std::string link_of(const std::string& host, const std::string& serial) {
  std::string link = "HTTPS://" + host + "/D/" + serial;
  std::transform(link.begin(), link.end(), link.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return link;
}

// Only the longest is tried: what needs more bits in one version does so in all.
int version_of(const std::vector<std::string>& links) {
  const std::string* longest = nullptr;
  int most = 0;
  for (const auto& link : links) {
    const int bits = QrSegment::getTotalBits(QrSegment::makeSegments(link.c_str()), QrCode::MAX_VERSION);
    if (bits <= most) continue;
    most = bits;
    longest = &link;
  }
  return longest == nullptr ? 1 : encode(*longest, QrCode::MIN_VERSION, QrCode::MAX_VERSION).getVersion();
}

int modules_of_version(int version) { return 17 + 4 * version; }

std::vector<Run> make_code(const std::string& link, int version) {
  const QrCode code = encode(link, version, version);
  std::vector<Run> runs;
  for (int y = 0; y < code.getSize(); ++y) {
    for (int x = 0; x < code.getSize(); ++x) {
      if (!code.getModule(x, y)) continue;
      const int begin = x;
      while (code.getModule(x, y)) ++x;  // false outside
      runs.push_back({begin, y, x - begin});
    }
  }
  return runs;
}

}  // namespace turnkey::labels
