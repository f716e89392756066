// SPDX-License-Identifier: Apache-2.0
#include "domain/palette.hpp"

#include <algorithm>

namespace turnkey::gateway {
namespace {

// White on the bar: enough for the quieter colours that stand there, too.
constexpr double kOnBar = 9;
constexpr double kFineWords = 7;

std::vector<Colour> surfaces(const Ground& ground) { return {ground.paper, ground.card, ground.sunken}; }

double best_contrast(const std::vector<Colour>& grounds) {
  return std::max(contrast(kBlack, grounds), contrast(kWhite, grounds));
}

void add(Tokens& tokens, const char* name, Colour colour) { tokens.emplace_back(name, colour.hex()); }

// A button keeps the colour as it was given; its words are white or black, and a hand on it moves it away
// from them.
void add_button(Tokens& tokens, const std::string& name, Colour colour) {
  const Colour words = words_on(colour);
  const Colour away = words == kWhite ? kBlack : kWhite;
  add(tokens, name.c_str(), colour);
  add(tokens, ("on-" + name).c_str(), words);
  add(tokens, (name + "-hover").c_str(), mix(colour, away, 0.14));
  add(tokens, (name + "-active").c_str(), mix(colour, away, 0.24));
}

// Words of a colour, on the page and on a soft ground of the same colour, as soft as words need.
void add_words(Tokens& tokens, const Ground& ground, const char* words, const char* soft, Colour colour) {
  Colour faint = mix(ground.card, colour, ground.dark ? 0.22 : 0.13);
  auto grounds = surfaces(ground);
  grounds.push_back(faint);
  if (best_contrast(grounds) < kWords) grounds.back() = faint = ground.card;
  add(tokens, words, readable(colour, grounds, kWords));
  add(tokens, soft, faint);
}

void add_bar(Tokens& tokens, const Ground& ground, Colour action) {
  const Colour deep = bar_colour(action);
  const Colour bar = ground.dark ? mix(deep, kBlack, 0.3) : deep;
  const Colour raised = mix(bar, kWhite, 0.1);
  const std::vector<Colour> grounds{bar, raised};
  add(tokens, "ink", bar);
  add(tokens, "ink-soft", raised);
  add(tokens, "on-ink", readable(mix(kWhite, bar, 0.05), grounds, kFineWords));
  add(tokens, "on-ink-soft", readable(mix(kWhite, bar, 0.25), grounds, kWords));
}

void append(Tokens& tokens, Tokens more) {
  tokens.insert(tokens.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

Tokens ground_tokens(const Ground& ground, const ThemeColours& theme) {
  Tokens tokens;
  const auto grounds = surfaces(ground);
  const Colour words = readable(theme.words, grounds, kWords);
  const Colour far = ground.dark ? kWhite : kBlack;
  tokens.emplace_back("scheme", ground.dark ? "dark" : "light");
  add(tokens, "paper", ground.paper);
  add(tokens, "card", ground.card);
  add(tokens, "sunken", ground.sunken);
  add(tokens, "line", mix(ground.card, far, 0.17));
  add(tokens, "text", words);
  add(tokens, "muted", readable(mix(words, theme.background, 0.3), grounds, kWords));
  add(tokens, "off", readable(mix(words, theme.background, 0.4), grounds, kShapes));
  add(tokens, "field", theme.background);
  add(tokens, "field-line",
      readable(mix(theme.background, far, 0.35), {theme.background, ground.card}, kShapes));
  return tokens;
}

}  // namespace

Colour bar_colour(Colour action) { return readable(action, {kWhite}, kOnBar); }

Tokens action_tokens(const Ground& ground, Colour action) {
  Tokens tokens;
  add_words(tokens, ground, "accent", "accent-soft", action);
  add_button(tokens, "button", action);
  // The tick in it is white in every mode.
  add(tokens, "check", readable(action, {kWhite}, kWords));
  add_bar(tokens, ground, action);
  return tokens;
}

Tokens highlight_tokens(const Ground& ground, Colour highlight, Colour bar) {
  Tokens tokens;
  add(tokens, "brass-on-ink", readable(highlight, {bar}, kWords));
  add_words(tokens, ground, "brass-text", "brass-soft", highlight);
  add_button(tokens, "brass", highlight);
  return tokens;
}

Ground ground_of(const ThemeColours& theme) {
  const bool dark = theme.background.luminance() < theme.words.luminance();
  if (!dark)
    return {mix(theme.background, kBlack, 0.03), theme.background, mix(theme.background, kBlack, 0.08),
            false};
  // Cards are raised towards the light, unless the background is so light that words would not be read on
  // them.
  const Ground raised{theme.background, mix(theme.background, kWhite, 0.07),
                      mix(theme.background, kWhite, 0.13), true};
  const Ground lowered{theme.background, mix(theme.background, kBlack, 0.14),
                       mix(theme.background, kBlack, 0.25), true};
  return best_contrast(raised) >= std::min(kFineWords, best_contrast(lowered)) ? raised : lowered;
}

Tokens theme_tokens(const ThemeColours& theme) {
  const Ground ground = ground_of(theme);
  Tokens tokens = ground_tokens(ground, theme);
  append(tokens, action_tokens(ground, theme.primary));
  append(tokens, highlight_tokens(ground, theme.warning, bar_colour(theme.primary)));
  add_words(tokens, ground, "ok", "ok-soft", theme.success);
  add_words(tokens, ground, "bad", "bad-soft", theme.danger);
  add(tokens, "danger", readable(theme.danger, {kWhite}, kWords));
  return tokens;
}

double best_contrast(const Ground& ground) { return best_contrast(surfaces(ground)); }

}  // namespace turnkey::gateway
