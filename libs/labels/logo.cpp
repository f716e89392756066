// SPDX-License-Identifier: Apache-2.0
#include "labels/logo.hpp"

#include <png.h>

#include <fstream>
#include <memory>

namespace turnkey::labels {
namespace {

constexpr png_byte kWhite = 255;

}  // namespace

core::Result<Logo> Logo::read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string png(kLargestFile + 1, '\0');
  file.read(png.data(), static_cast<std::streamsize>(png.size()));
  if (file.gcount() == 0) return core::invalid("The file " + path + " cannot be read or is empty.");
  png.resize(static_cast<std::size_t>(file.gcount()));
  if (png.size() > kLargestFile) return core::invalid("The file " + path + " is larger than 1 MiB.");
  auto logo = decode(std::move(png));
  if (!logo) return core::invalid("The file " + path + ": " + logo.error().message);
  return logo;
}

core::Result<Logo> Logo::decode(std::string png) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  const std::unique_ptr<png_image, decltype(&png_image_free)> held(&image, png_image_free);
  if (png_image_begin_read_from_memory(&image, png.data(), png.size()) == 0)
    return core::invalid("It is no PNG picture.");
  if (image.width > kLargestSide || image.height > kLargestSide)
    return core::invalid("It is wider or higher than 2000 pixels.");
  image.format = PNG_FORMAT_RGB;
  Logo logo{static_cast<int>(image.width), static_cast<int>(image.height), std::move(png), {}};
  logo.rgb.resize(PNG_IMAGE_SIZE(image));
  const png_color white{kWhite, kWhite, kWhite};
  if (png_image_finish_read(&image, &white, logo.rgb.data(), 0, nullptr) == 0)
    return core::invalid("The PNG picture is damaged.");
  return logo;
}

}  // namespace turnkey::labels
