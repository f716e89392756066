// SPDX-License-Identifier: Apache-2.0
// recipes list, show, create, edit, rollout, picture.
#include <fstream>
#include <sstream>

#include "commands/commands.hpp"
#include "core/random.hpp"
#include "output/text.hpp"

namespace turnkey::ctl {
namespace {

constexpr std::size_t kLargestRecipe = 512 * 1024;   // bytes
constexpr std::size_t kLargestPicture = 512 * 1024;  // bytes

const std::vector<Column> kShown = {{"ID", "/id"},
                                    {"NAME", "/name"},
                                    {"PRESENCE", "/presencePolicy"},
                                    {"BLINK CHECK", "/blinkCheck", Form::yes_no},
                                    {"TRANSFER", "/transferPolicy"},
                                    {"WINDOW S", "/window_s"},
                                    {"REGISTER ATTRIBUTE", "/registerAttribute"},
                                    {"SERIAL PREFIX", "/serialPrefix"},
                                    {"CHECKED SERIALS", "/checkedSerials", Form::yes_no},
                                    {"TAGS", "/tags", Form::tags}};

Outcome<std::string> read_file(Shell& shell, const std::string& path, std::size_t largest) {
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file) return usage("There is no file " + path + ".");
  }
  std::istream& in = path == "-" ? shell.world().in : file;
  std::string text(largest + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > largest)
    return failure(ExitCode::invalid, "too_large",
                   path + " is larger than " + std::to_string(largest / 1024) + " KiB.");
  return text;
}

Outcome<Json> read_recipe(Shell& shell, const std::string& path) {
  const auto text = read_file(shell, path, kLargestRecipe);
  if (!text) return text.error();
  auto recipe = contracts::parse_json(*text);
  if (!recipe || !recipe->is_object())
    return failure(ExitCode::invalid, "malformed",
                   path + " is no JSON object." + (recipe ? "" : " " + recipe.error().message));
  return std::move(*recipe);
}

Outcome<Done> list_recipes(Shell& shell) {
  const auto api = shell.api();
  if (!api) return api.error();
  const auto document = (*api)->get(Target("/api/recipes"));
  if (!document) return document.error();
  shell.show_list(*document,
                  {{"NAME", "/name"},
                   {"PRESENCE", "/presencePolicy"},
                   {"BLINK CHECK", "/blinkCheck", Form::yes_no},
                   {"TRANSFER", "/transferPolicy"},
                   {"SERIAL PREFIX", "/serialPrefix"},
                   {"ID", "/id"}},
                  "/id");
  return Done{};
}

Outcome<Done> show_recipe(Shell& shell, const std::string& name) {
  const auto id = recipe_id(shell, name);
  if (!id) return id.error();
  const auto api = shell.api();
  if (!api) return api.error();
  const auto recipe = (*api)->get(Target("/api/recipes").part(*id));
  if (!recipe) return recipe.error();
  shell.show_thing(*recipe, kShown);
  if (!shell.for_people()) return Done{};
  const auto list = [&](const char* key, const std::vector<Column>& columns) {
    const Json items = recipe->value(key, Json::array());
    if (!items.empty()) shell.print("\n" + table_of(items, columns).text(shell.world().columns));
  };
  list("attributes",
       {{"ATTRIBUTE", "/name"}, {"TYPE", "/type"}, {"UNIT", "/unit"}, {"MIN", "/min"}, {"MAX", "/max"}});
  list("models", {{"MODEL", "/key"}, {"TITLE", "/title"}, {"PICTURE", "/pictureUrl"}});
  list("commands", {{"COMMAND", "/name"}, {"TITLE", "/title"}, {"ASKS FIRST", "/confirm", Form::yes_no}});
  return Done{};
}

Outcome<Done> create_recipe(Shell& shell, const std::string& file) {
  const auto recipe = read_recipe(shell, file);
  if (!recipe) return recipe.error();
  const auto api = shell.api();
  if (!api) return api.error();
  const auto reply = (*api)->post(Target("/api/recipes"), *recipe);
  if (!reply) return reply.error();
  shell.show_done(*reply, "Made the recipe " + printable(text_at(*reply, "/name")) + " (" +
                              text_at(*reply, "/id") + ").");
  return Done{};
}

Outcome<Done> edit_recipe(Shell& shell, const std::string& name, const std::string& file) {
  const auto changes = read_recipe(shell, file);
  if (!changes) return changes.error();
  const auto id = recipe_id(shell, name);
  if (!id) return id.error();
  const auto api = shell.api();
  if (!api) return api.error();
  const auto reply = (*api)->patch(Target("/api/recipes").part(*id), *changes);
  if (!reply) return reply.error();
  shell.show_done(*reply, "Changed " + name +
                              ". Devices keep the version that they were made from until: "
                              "turnkeyctl recipes rollout \"" +
                              printable(text_at(*reply, "/name")) + "\"");
  return Done{};
}

Outcome<Done> roll_out(Shell& shell, const std::string& name, bool yes) {
  const auto id = recipe_id(shell, name);
  if (!id) return id.error();
  const auto sure = shell.confirm("Give all devices of " + name + " the recipe's newest version?", yes);
  if (!sure) return sure;
  const auto api = shell.api();
  if (!api) return api.error();
  const std::string key = core::random_hex(16);
  const auto go_on = [&] {
    return (*api)->post_once(Target("/api/recipes").part(*id).part("rollout"), Json::object(), key);
  };
  auto reply = go_on();
  while (reply && reply->value("more", false)) {
    shell.note(cell(*reply, {"", "/devices"}) + " devices so far.");
    reply = go_on();
  }
  if (!reply) return reply.error();
  shell.show_done(*reply, cell(*reply, {"", "/devices"}) + " devices have the newest version now.");
  return Done{};
}

// By its first bytes; the server looks too.
std::string picture_type(const std::string& bytes) {
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return "image/png";
  if (bytes.starts_with("\xff\xd8\xff")) return "image/jpeg";
  if (bytes.size() > 12 && bytes.starts_with("RIFF") && bytes.compare(8, 4, "WEBP") == 0) return "image/webp";
  return {};
}

Outcome<Done> set_picture(Shell& shell, const std::string& name, const std::string& model,
                          const std::string& file) {
  auto bytes = read_file(shell, file, kLargestPicture);
  if (!bytes) return bytes.error();
  http::Call call;
  call.method = "PUT";
  call.content_type = picture_type(*bytes);
  if (call.content_type.empty())
    return failure(ExitCode::invalid, "invalid", file + " is no PNG, JPEG or WebP picture.");
  const auto id = recipe_id(shell, name);
  if (!id) return id.error();
  call.target = Target("/api/recipes").part(*id).part("models").part(model).part("picture").str();
  call.body = std::move(*bytes);
  const auto api = shell.api();
  if (!api) return api.error();
  const auto answer = (*api)->ask(std::move(call));
  if (!answer) return answer.error();
  const Json reply = Json::parse(answer->body, nullptr, false);
  shell.show_done(reply.is_object() ? reply : Json::object(), "The model " + model + " has its picture.");
  return Done{};
}

struct Arguments {
  std::string recipe;
  std::string model;
  std::string file;
  bool yes = false;
};

void add_changes(Commands& commands, CLI::App& group, const std::shared_ptr<Arguments>& args) {
  CLI::App& create = commands.command(group, "create", "make a recipe from a file",
                                      {"recipes create generator.json", "recipes create - < generator.json"},
                                      [args](Shell& shell) { return create_recipe(shell, args->file); });
  create.add_option("FILE", args->file, "JSON with name, attributes, ...; \"-\" is standard input")
      ->required()
      ->type_name(kFile);
  CLI::App& edit =
      commands.command(group, "edit", "change the fields that a file names, each as a whole",
                       {"recipes edit \"Generator gateway\" changes.json",
                        "recipes edit \"Generator gateway\" - < changes.json"},
                       [args](Shell& shell) { return edit_recipe(shell, args->recipe, args->file); });
  edit.add_option("RECIPE", args->recipe, "name or id")->required();
  edit.add_option("FILE", args->file, "JSON; null brings a field's default back; \"-\" is standard input")
      ->required()
      ->type_name(kFile);
  CLI::App& rollout = commands.command(group, "rollout", "give all devices the newest version",
                                       {"recipes rollout \"Generator gateway\" --yes"}, [args](Shell& shell) {
                                         return roll_out(shell, args->recipe, args->yes);
                                       });
  rollout.add_option("RECIPE", args->recipe, "name or id")->required();
  add_yes(rollout, args->yes);
  CLI::App& picture = commands.command(
      group, "picture", "give a model its picture", {"recipes picture \"Generator gateway\" kd-30 kd-30.png"},
      [args](Shell& shell) { return set_picture(shell, args->recipe, args->model, args->file); });
  picture.add_option("RECIPE", args->recipe, "name or id")->required();
  picture.add_option("MODEL", args->model, "key of the model")->required();
  picture.add_option("FILE", args->file, "PNG, JPEG or WebP, at most 512 KiB")->required()->type_name(kFile);
}

}  // namespace

void add_recipe_commands(Commands& commands) {
  auto args = std::make_shared<Arguments>();
  CLI::App& group = commands.group(commands.root(), "recipes", "templates for devices");
  commands.command(group, "list", "all recipes", {"recipes list"}, list_recipes);
  CLI::App& show = commands.command(
      group, "show", "one recipe",
      {"recipes show \"Generator gateway\"", "recipes show \"Generator gateway\" --json > generator.json"},
      [args](Shell& shell) { return show_recipe(shell, args->recipe); });
  show.add_option("RECIPE", args->recipe, "name or id")->required();
  add_changes(commands, group, args);
}

}  // namespace turnkey::ctl
