// SPDX-License-Identifier: Apache-2.0
#include "domain/theme_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "core/text.hpp"

namespace turnkey::gateway {
namespace {

using core::Result;

constexpr std::size_t kShown = 80;  // characters of what an error shows

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool begins(std::string_view text, std::string_view lower_case) {
  return core::ascii_lower(text.substr(0, lower_case.size())) == lower_case;
}

// The place behind the string that begins at `at` with its quotation mark.
std::size_t after_string(std::string_view css, std::size_t at) {
  const char quote = css[at];
  for (++at; at < css.size() && css[at] != quote; ++at)
    if (css[at] == '\\') ++at;
  return std::min(at + 1, css.size());
}

// The first of `ends` outside of strings and brackets, from `at` on; the size when there is none.
std::size_t find_outside(std::string_view css, std::size_t at, std::string_view ends) {
  for (int open = 0; at < css.size();) {
    const char c = css[at];
    if (c == '"' || c == '\'') {
      at = after_string(css, at);
      continue;
    }
    if (open == 0 && ends.find(c) != std::string_view::npos) return at;
    open += c == '(' ? 1 : c == ')' && open > 0 ? -1 : 0;
    ++at;
  }
  return css.size();
}

// A comment parts words, so it becomes a blank.
std::string without_comments(std::string_view css) {
  std::string out;
  for (std::size_t at = 0; at < css.size();) {
    if (css.substr(at, 2) == "/*") {
      const auto end = css.find("*/", at + 2);
      at = end == std::string_view::npos ? css.size() : end + 2;
      out += ' ';
      continue;
    }
    const std::size_t next = css[at] == '"' || css[at] == '\'' ? after_string(css, at) : at + 1;
    out += css.substr(at, next - at);
    at = next;
  }
  return out;
}

// @import and @charset stand outside of blocks and end with a semicolon.
std::string without_imports(std::string_view css, std::vector<std::string>& imports) {
  std::string out;
  for (std::size_t at = 0; at < css.size();) {
    const auto rest = css.substr(at);
    if (begins(rest, "@import") || begins(rest, "@charset")) {
      const auto end = find_outside(css, at, ";");
      const auto rule = css.substr(at, end - at);
      if (begins(rule, "@import")) imports.emplace_back(trimmed(rule.substr(7)).substr(0, kShown));
      at = std::min(end + 1, css.size());
      continue;
    }
    const std::size_t next = css[at] == '"' || css[at] == '\'' ? after_string(css, at) : at + 1;
    out += css.substr(at, next - at);
    at = next;
  }
  return out;
}

// What the browser would fetch; "" when nothing.
std::string first_address(std::string_view css) {
  for (std::size_t at = 0; at < css.size(); ++at) {
    if (!begins(css.substr(at), "url(")) continue;
    auto address = trimmed(css.substr(at + 4));
    if (!address.empty() && (address.front() == '"' || address.front() == '\'')) address.remove_prefix(1);
    // #name is a part of the page itself.
    if (!begins(address, "data:image/") && !address.starts_with('#'))
      return std::string(address.substr(0, std::min(kShown, address.find_first_of("\"')"))));
  }
  return "";
}

// Escapes that spell a word, as in u\72l(, and pictures that are named without url().
std::string_view first_hidden(std::string_view css) {
  for (std::size_t at = 0; at < css.size();) {
    const char c = css[at];
    if (c == '"' || c == '\'') {
      at = after_string(css, at);
      continue;
    }
    const bool spelled =
        c == '\\' && at + 1 < css.size() && std::isxdigit(static_cast<unsigned char>(css[at + 1])) != 0;
    if (spelled || begins(css.substr(at), "image-set(")) return css.substr(at, kShown);
    ++at;
  }
  return {};
}

using Variables = std::map<std::string, std::string, std::less<>>;

bool is_of_root(std::string_view selectors) {
  while (!selectors.empty()) {
    const auto end = find_outside(selectors, 0, ",");
    const auto one = trimmed(selectors.substr(0, end));
    if (one == ":root" || one == "[data-bs-theme=light]" || one == "[data-bs-theme=\"light\"]") return true;
    selectors.remove_prefix(std::min(end + 1, selectors.size()));
  }
  return false;
}

void read_declarations(std::string_view block, Variables& variables) {
  while (!block.empty()) {
    const auto end = find_outside(block, 0, ";");
    const auto one = block.substr(0, end);
    if (const auto colon = one.find(':'); colon != std::string_view::npos)
      variables.insert_or_assign(std::string(trimmed(one.substr(0, colon))),
                                 std::string(trimmed(one.substr(colon + 1))));
    block.remove_prefix(std::min(end + 1, block.size()));
  }
}

// The place of the brace that closes the one at `at`; the size when there is none.
std::size_t closing_brace(std::string_view css, std::size_t at) {
  for (int depth = 0; at < css.size(); at = find_outside(css, at + 1, "{}")) {
    depth += css[at] == '{' ? 1 : -1;
    if (depth == 0) return at;
  }
  return css.size();
}

// The variables of the page, from rules that always hold: none within @media and the like.
Result<Variables> variables_of(std::string_view css) {
  Variables variables;
  for (std::size_t at = 0;;) {
    const auto open = find_outside(css, at, "{}");
    if (open == css.size()) return variables;
    const auto close = css[open] == '{' ? closing_brace(css, open) : css.size();
    if (close == css.size()) return core::invalid("Its braces do not match.");
    if (is_of_root(css.substr(at, open - at)))
      read_declarations(css.substr(open + 1, close - open - 1), variables);
    at = close + 1;
  }
}

Result<ThemeColours> colours_of(const Variables& variables) {
  ThemeColours colours;
  const std::pair<const char*, Colour*> wanted[] = {
      {"--bs-body-bg", &colours.background}, {"--bs-body-color", &colours.words},
      {"--bs-primary", &colours.primary},    {"--bs-success", &colours.success},
      {"--bs-danger", &colours.danger},      {"--bs-warning", &colours.warning}};
  for (const auto& [name, colour] : wanted) {
    const auto it = variables.find(name);
    if (it == variables.end())
      return core::invalid(fmt::format("It is no theme for Bootstrap 5.3: its :root has no {}.", name));
    const auto value = Colour::parse(it->second);
    if (!value)
      return core::invalid(
          fmt::format("{} is {}; a colour such as #0b5f63 is needed.", name, it->second.substr(0, kShown)));
    *colour = *value;
  }
  return colours;
}

}  // namespace

Result<Theme> read_theme(std::string_view css) {
  if (css.find('\0') != std::string_view::npos) return core::invalid("It is no text.");
  Theme theme;
  theme.css = without_imports(without_comments(css), theme.imports);
  if (const auto address = first_address(theme.css); !address.empty())
    return core::invalid(
        fmt::format("url({}) would be fetched: only data:image/ may stand in url().", address));
  if (const auto hidden = first_hidden(theme.css); !hidden.empty())
    return core::invalid(
        fmt::format("{} could hide an address: escapes outside of strings and image-set() are not taken.",
                    std::string(hidden.substr(0, hidden.find_first_of(";}\n")))));
  const auto variables = variables_of(theme.css);
  if (!variables) return variables.error();
  const auto colours = colours_of(*variables);
  if (!colours) return colours.error();
  theme.colours = *colours;
  if (const double best = best_contrast(ground_of(theme.colours)); best < kWords)
    return core::invalid(
        fmt::format("On its background {} words reach a contrast of {:.2f}:1 at most; {}:1 is needed.",
                    theme.colours.background.hex(), best, kWords));
  return theme;
}

}  // namespace turnkey::gateway
