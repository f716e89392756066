// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <fstream>
#include <map>
#include <sstream>

#include "domain/palette.hpp"

using namespace turnkey::gateway;

namespace {

std::map<std::string, Colour> colours_of(const Tokens& tokens) {
  std::map<std::string, Colour> colours;
  for (const auto& [name, value] : tokens)
    if (const auto colour = Colour::parse(value)) colours[name] = *colour;
  return colours;
}

Colour colour(const char* text) { return Colour::parse(text).value(); }

// What stands on what. Every token of words is here.
void check_actions(const std::map<std::string, Colour>& of, const Ground& ground) {
  CHECK(contrast(of.at("accent"), {ground.paper, ground.card, ground.sunken, of.at("accent-soft")}) >=
        kWords);
  for (const char* state : {"button", "button-hover", "button-active"})
    CHECK(contrast(of.at("on-button"), of.at(state)) >= kWords);
  CHECK(contrast(kWhite, of.at("check")) >= kWords);
  for (const char* bar : {"ink", "ink-soft"})
    for (const char* words : {"on-ink", "on-ink-soft"}) CHECK(contrast(of.at(words), of.at(bar)) >= kWords);
  // What the web app's own pages show on the bar's colour: hints, the clock's last minute, the key.
  for (const char* own : {"#79e0aa", "#ffb3ab", "#c3ced2"})
    CHECK(contrast(colour(own), of.at("ink")) >= kWords);
}

void check_highlights(const std::map<std::string, Colour>& of, const Ground& ground, Colour bar) {
  CHECK(contrast(of.at("brass-on-ink"), bar) >= kWords);
  CHECK(contrast(of.at("brass-text"), {ground.paper, ground.card, ground.sunken, of.at("brass-soft")}) >=
        kWords);
  for (const char* state : {"brass", "brass-hover", "brass-active"})
    CHECK(contrast(of.at("on-brass"), of.at(state)) >= kWords);
}

// All corners of the cube, greys between, and some that companies have.
std::vector<Colour> all_kinds() {
  std::vector<Colour> kinds{colour("#c8102e"), colour("#7a1f5c"), colour("#ffdd00"), colour("#0d6efd"),
                            colour("#18bc9c")};
  for (const int red : {0, 96, 160, 255})
    for (const int green : {0, 96, 160, 255})
      for (const int blue : {0, 96, 160, 255})
        kinds.push_back({static_cast<std::uint8_t>(red), static_cast<std::uint8_t>(green),
                         static_cast<std::uint8_t>(blue)});
  return kinds;
}

}  // namespace

TEST_CASE("colours are read as style sheets write them, and nothing else is one") {
  CHECK(colour("#0B5F63") == Colour{0x0b, 0x5f, 0x63});
  CHECK(colour("#fa0") == Colour{0xff, 0xaa, 0x00});
  CHECK(colour(" rgb(1, 20,255) ") == Colour{1, 20, 255});
  for (const char* none :
       {"", "#", "#12345", "#12345g", "#1234567", "red", "rgb(1,2)", "rgb(1,2,256)", "rgb(1,2,3,4)",
        "rgb(,,)", "rgba(0,0,0,.5)", "var(--bs-blue)", "rgb(-1,0,0)", "rgb(99999999999,0,0)"})
    CHECK_FALSE(Colour::parse(none));
  CHECK(Colour{0, 10, 255}.hex() == "#000aff");
}

TEST_CASE("contrast is that of WCAG") {
  CHECK(contrast(kBlack, kWhite) == Approx(21));
  CHECK(contrast(kWhite, kWhite) == Approx(1));
  CHECK(contrast(colour("#767676"), kWhite) == Approx(4.54).margin(0.005));
  CHECK(contrast(colour("#777777"), kWhite) == Approx(4.48).margin(0.005));
}

TEST_CASE("a colour that can be read stays as it is, another one is changed no further than it must be") {
  CHECK(readable(colour("#767676"), {kWhite}, kWords) == colour("#767676"));
  const Colour mended = readable(colour("#18bc9c"), {kWhite}, kWords);
  CHECK(contrast(mended, kWhite) >= kWords);
  CHECK(contrast(mended, kWhite) < 4.7);
  CHECK(readable(colour("#777777"), {colour("#777777")}, 21) == kBlack);
}

TEST_CASE("words can be read on whatever colour a company chooses, in the light and in the dark") {
  for (const Colour chosen : all_kinds()) {
    INFO(chosen.hex());
    for (const Ground& ground : {kLightGround, kDarkGround}) {
      check_actions(colours_of(action_tokens(ground, chosen)), ground);
      for (const Colour bar : {kOwnBar, bar_colour(chosen)})
        check_highlights(colours_of(highlight_tokens(ground, chosen, bar)), ground, bar);
      CHECK(colours_of(action_tokens(ground, chosen)).at("button") == chosen);
    }
  }
}

TEST_CASE("words can be read with every theme, whose background, words and colours may be any") {
  int judged = 0;
  for (const Colour background : all_kinds()) {
    for (const Colour words : {kBlack, kWhite, colour("#888888"), background}) {
      const ThemeColours theme{
          background, words, colour("#2c3e50"), colour("#18bc9c"), colour("#e74c3c"), colour("#f39c12")};
      const Ground ground = ground_of(theme);
      if (best_contrast(ground) < kWords) continue;  // refused by read_theme
      INFO(background.hex() << " and " << words.hex());
      const auto of = colours_of(theme_tokens(theme));
      for (const char* name : {"text", "muted", "ok", "bad"})
        CHECK(contrast(of.at(name), {ground.paper, ground.card, ground.sunken}) >= kWords);
      CHECK(contrast(of.at("ok"), of.at("ok-soft")) >= kWords);
      CHECK(contrast(of.at("bad"), of.at("bad-soft")) >= kWords);
      CHECK(contrast(of.at("text"), of.at("field")) >= kWords);
      CHECK(contrast(of.at("field-line"), of.at("field")) >= kShapes);
      check_actions(of, ground);
      check_highlights(of, ground, bar_colour(theme.primary));
      ++judged;
    }
  }
  CHECK(judged > 200);
}

TEST_CASE("the grounds that colours are derived for are those of the web app") {
  std::ifstream file("services/experience-gateway/web/src/styles/_tokens.scss");
  std::ostringstream read;
  read << file.rdbuf();
  const std::string text = read.str();
  const auto dark_begins = text.find("@media");
  REQUIRE(dark_begins != std::string::npos);
  const std::pair<const Ground*, std::string> modes[] = {{&kLightGround, text.substr(0, dark_begins)},
                                                         {&kDarkGround, text.substr(dark_begins)}};
  for (const auto& [ground, mode] : modes) {
    const std::pair<const char*, Colour> surfaces[] = {
        {"paper", ground->paper}, {"card", ground->card}, {"sunken", ground->sunken}};
    for (const auto& [name, value] : surfaces) {
      const std::string before = "var(--brand-" + std::string(name) + ", ";
      const auto at = mode.find(before);
      REQUIRE(at != std::string::npos);
      const auto begin = at + before.size();
      CHECK(Colour::parse(mode.substr(begin, mode.find(')', begin) - begin)) == value);
    }
  }
}
