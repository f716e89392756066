// SPDX-License-Identifier: Apache-2.0
#include "branding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include "core/hash.hpp"
#include "core/text.hpp"
#include "domain/palette.hpp"
#include "domain/theme_file.hpp"
#include "labels/logo.hpp"

namespace turnkey::gateway {
namespace {

using core::Result;

constexpr std::size_t kLargestPicture = 256 * 1024;  // bytes
constexpr std::size_t kLargestTheme = 1024 * 1024;
constexpr std::array<std::string_view, 5> kNames{"logo.svg", "logo.png", "favicon.svg", "favicon.png",
                                                 "theme.css"};

Result<std::string> read_file(const std::filesystem::path& path, std::size_t largest) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes(largest + 1, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (file.gcount() == 0) return core::invalid("It cannot be read or is empty.");
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  if (bytes.size() > largest) return core::invalid(fmt::format("It is larger than {} KiB.", largest / 1024));
  return bytes;
}

// No browser runs what stands in a picture that a page shows, and the proxy forbids it to one that is opened
// by itself. A logo with a script in it is not what somebody meant to show all the same.
Result<core::Done> check_svg(std::string_view bytes) {
  const std::string text = core::ascii_lower(bytes);
  if (text.find("<svg") == std::string::npos) return core::invalid("It is no SVG picture.");
  for (const char* part : {"<script", "<!entity", "<foreignobject"})
    if (text.find(part) != std::string::npos)
      return core::invalid(fmt::format("It has {}...> in it; a picture is needed.", part));
  return core::Done{};
}

Result<BrandFile> read_picture(const std::filesystem::path& path) {
  auto bytes = read_file(path, kLargestPicture);
  if (!bytes) return bytes.error();
  if (path.extension() == ".svg") {
    if (const auto checked = check_svg(*bytes); !checked) return checked.error();
    return brand_file(std::move(*bytes), "image/svg+xml");
  }
  if (const auto decoded = labels::Logo::decode(*bytes); !decoded) return decoded.error();
  return brand_file(std::move(*bytes), "image/png");
}

// The folder and its errors: what every file of it is read with.
class Folder {
 public:
  Folder(std::filesystem::path path, std::vector<std::string>& errors)
      : path_(std::move(path)), errors_(errors) {}

  // Looks for names that mean nothing here, such as Logo.SVG: they would be missed silently.
  bool look() {
    std::error_code failed;
    for (std::filesystem::directory_iterator entry(path_, failed), end; !failed && entry != end;
         entry.increment(failed)) {
      const std::string name = entry->path().filename().string();
      if (!name.starts_with('.') && name != "README.md" &&
          std::find(kNames.begin(), kNames.end(), name) == kNames.end())
        wrong(name, fmt::format("It is none of {}.", fmt::join(kNames, ", ")));
    }
    if (failed) errors_.push_back("TURNKEY_BRANDING_DIR: the folder " + path_.string() + " cannot be read.");
    return !failed;
  }

  std::optional<BrandFile> picture(const char* name) {
    if (!has(name)) return {};
    auto read = read_picture(path_ / name);
    if (read) return std::move(*read);
    wrong(name, read.error().message);
    return {};
  }

  std::optional<Theme> theme() {
    if (!has("theme.css")) return {};
    auto css = read_file(path_ / "theme.css", kLargestTheme);
    auto read = css ? read_theme(*css) : Result<Theme>(css.error());
    if (read) return std::move(*read);
    wrong("theme.css", read.error().message);
    return {};
  }

  bool has(const char* name) const {
    std::error_code ignored;
    return std::filesystem::exists(path_ / name, ignored);
  }

  void wrong(const std::string& name, const std::string& what) {
    errors_.push_back("TURNKEY_BRANDING_DIR: " + name + ": " + what);
  }

 private:
  std::filesystem::path path_;
  std::vector<std::string>& errors_;
};

std::optional<Colour> read_colour(const char* setting, const std::string& text,
                                  std::vector<std::string>& errors) {
  if (text.empty()) return {};
  const auto colour = text.size() == 7 ? Colour::parse(text) : std::nullopt;
  if (!colour)
    errors.push_back(std::string(setting) + " is " + text.substr(0, 40) +
                     "; #RRGGBB is needed, such as #0b5f63.");
  return colour;
}

std::string rule(const Tokens& tokens) {
  std::string out = ":root{";
  for (const auto& [name, value] : tokens) out += "--brand-" + name + ":" + value + ";";
  return out + "}\n";
}

Tokens tokens_of(const Ground& ground, const std::optional<Colour>& action,
                 const std::optional<Colour>& highlight) {
  Tokens tokens;
  if (action) tokens = action_tokens(ground, *action);
  if (highlight)
    for (auto& token : highlight_tokens(ground, *highlight, action ? bar_colour(*action) : kOwnBar))
      tokens.push_back(std::move(token));
  return tokens;
}

// The theme's own rules read Bootstrap's variables: they get the same readable colours as the web app's. A
// theme has one look, whichever mode the browser prefers.
constexpr const char* kThemeRules =
    ":root{--brand-radius:var(--bs-border-radius,.375rem);--brand-shadow:none;"
    "--bs-body-bg:var(--brand-field);--bs-body-color:var(--brand-text);--bs-border-color:var(--brand-line);"
    "--bs-secondary-color:var(--brand-muted);--bs-code-color:var(--brand-text);--bs-heading-color:inherit}\n";

// The arrow of a list to choose from is a picture, whose colour the theme meant for its own ground.
std::string arrow_rule(const Tokens& tokens) {
  const auto words =
      std::find_if(tokens.begin(), tokens.end(), [](const auto& token) { return token.first == "text"; });
  return ".form-select{--bs-form-select-bg-img:url(\"data:image/svg+xml,%3csvg "
         "xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 "
         "16'%3e%3cpath fill='none' stroke='%23" +
         words->second.substr(1) +
         "' stroke-linecap='round' stroke-linejoin='round' stroke-width='2' d='m2 5 6 6 "
         "6-6'/%3e%3c/svg%3e\")}\n";
}

std::string sheet(const std::optional<Theme>& theme, const std::optional<Colour>& action,
                  const std::optional<Colour>& highlight) {
  if (!theme && !action && !highlight) return "";
  if (!theme)
    return rule(tokens_of(kLightGround, action, highlight)) + "@media (prefers-color-scheme:dark){" +
           rule(tokens_of(kDarkGround, action, highlight)) + "}\n";
  ThemeColours colours = theme->colours;
  colours.primary = action.value_or(colours.primary);
  colours.warning = highlight.value_or(colours.warning);
  const Tokens tokens = theme_tokens(colours);
  return theme->css + "\n" + rule(tokens) + kThemeRules + arrow_rule(tokens);
}

}  // namespace

BrandFile brand_file(std::string bytes, std::string content_type) {
  std::string etag = "\"" + core::sha256_hex(bytes).substr(0, 32) + "\"";
  return {std::move(bytes), std::move(content_type), std::move(etag)};
}

Branding read_branding(const BrandSettings& settings, std::vector<std::string>& errors) {
  Branding branding;
  const auto action = read_colour("TURNKEY_BRAND_COLOUR", settings.colour, errors);
  const auto highlight = read_colour("TURNKEY_BRAND_HIGHLIGHT", settings.highlight, errors);
  std::optional<Theme> theme;
  if (Folder folder(settings.folder, errors); !settings.folder.empty() && folder.look()) {
    if (folder.has("logo.svg") && folder.has("logo.png"))
      folder.wrong("logo.png", "There is a logo.svg, too: leave one.");
    branding.logo = folder.picture("logo.svg");
    if (!branding.logo) branding.logo = folder.picture("logo.png");
    branding.touch_icon = folder.picture("favicon.png");
    branding.favicon = folder.picture("favicon.svg");
    if (!branding.favicon) branding.favicon = branding.touch_icon;
    theme = folder.theme();
  }
  branding.sheet = brand_file(sheet(theme, action, highlight), kSheetType);
  if (theme) branding.left_out = theme->imports;
  if (theme) branding.paper = ground_of(theme->colours).paper;
  if (action || theme) branding.bar = bar_colour(action ? *action : theme->colours.primary);
  return branding;
}

}  // namespace turnkey::gateway
