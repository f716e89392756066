// SPDX-License-Identifier: Apache-2.0
// batches list, show, labels, sheets; labels of one device.
#include "client/download.hpp"
#include "commands/commands.hpp"
#include "output/text.hpp"

namespace turnkey::ctl {
namespace {

const std::vector<Column> kColumns = {{"ID", "/id"},
                                      {"RECIPE", "/recipeName"},
                                      {"CREATED", "/createdAt", Form::time},
                                      {"BY", "/createdBy/name"},
                                      {"DEVICES", "/devices"},
                                      {"PROVISIONED AT ONCE", "/provisioned"}};

struct List {
  std::string recipe;
  std::size_t limit = 0;
};

Outcome<Done> list_batches(Shell& shell, const List& list) {
  std::string recipe;
  if (!list.recipe.empty()) {
    const auto id = recipe_id(shell, list.recipe);
    if (!id) return id.error();
    recipe = *id;
  }
  const auto api = shell.api();
  if (!api) return api.error();
  const auto document = pages(**api, list.limit, [&](const std::string& cursor, std::size_t count) {
    return Target("/api/batches")
        .query("limit", std::to_string(count))
        .query_if("recipe", recipe)
        .query_if("cursor", cursor);
  });
  if (!document) return document.error();
  shell.show_list(*document, kColumns, "/id");
  return Done{};
}

Outcome<Done> show_batch(Shell& shell, const std::string& id) {
  const auto api = shell.api();
  if (!api) return api.error();
  const auto document = (*api)->get(Target("/api/batches").part(id));
  if (!document) return document.error();
  auto columns = kColumns;
  for (auto& column : columns) {
    // One batch comes alone or as {"batch"}.
    if (document->contains("batch")) column.pointer = "/batch" + column.pointer;
  }
  shell.show_thing(*document, columns);
  return Done{};
}

struct Labels {
  std::string what;  // id of a batch, or a serial
  std::string format = "pdf";
  std::string sheet;
  std::string module_mm;
  std::string dpi;
  std::string start;
  std::string page;
  std::string output;
};

void add_label_options(CLI::App& app, Labels& labels) {
  app.add_option("--format", labels.format, "pdf, svg, or zpl for label printers")
      ->capture_default_str()
      ->check(CLI::IsMember({"pdf", "svg", "zpl"}));
  app.add_option("--sheet", labels.sheet, "key of a sheet (turnkeyctl batches sheets); a4-3x8 by itself");
  app.add_option("--module-mm", labels.module_mm, "size of one square of the code in mm; 0.8 by itself")
      ->check(CLI::PositiveNumber);
  app.add_option("--dpi", labels.dpi, "of a zpl printer")->check(CLI::IsMember({"203", "300", "600"}));
  app.add_option("--start", labels.start, "first free label on a sheet that was used")
      ->check(CLI::Range(1, 1000));
  app.add_option("-o,--output", labels.output, "new file for it; \"-\" is standard output")
      ->required()
      ->type_name(kFile);
}

Outcome<Done> print_labels(Shell& shell, const Labels& labels, const std::string& collection) {
  const auto api = shell.api();
  if (!api) return api.error();
  auto target = Target(collection)
                    .part(labels.what)
                    .part("labels." + labels.format)
                    .query_if("sheet", labels.sheet)
                    .query_if("moduleMm", labels.module_mm)
                    .query_if("dpi", labels.dpi)
                    .query_if("start", labels.start)
                    .query_if("page", labels.page);
  const auto answer = download(**api, target, labels.output, shell.world().out);
  if (!answer) return answer.error();
  if (const auto warning = answer->header("x-label-warning"); !warning.empty())
    shell.note("Mind this: " + printable(warning));
  if (labels.output != "-")
    shell.show_done({{"output", labels.output}}, "Labels are in " + labels.output + ".");
  return Done{};
}

Outcome<Done> list_sheets(Shell& shell) {
  const auto api = shell.api();
  if (!api) return api.error();
  const auto document = (*api)->get(Target("/api/label-sheets"));
  if (!document) return document.error();
  shell.show_list(*document,
                  {{"KEY", "/key"},
                   {"TITLE", "/title"},
                   {"PAPER", "/paper"},
                   {"COLUMNS", "/columns"},
                   {"ROWS", "/rows"},
                   {"WIDTH MM", "/labelWidthMm"},
                   {"HEIGHT MM", "/labelHeightMm"}},
                  "/key");
  return Done{};
}

void add_batch_labels(Commands& commands, CLI::App& group) {
  auto labels = std::make_shared<Labels>();
  CLI::App& app = commands.command(
      group, "labels", "labels of all devices of a batch",
      {"batches labels 5f0c9a1b2c3d4e5f60718293 --output labels.pdf",
       "batches labels 5f0c9a1b2c3d4e5f60718293 --format zpl --dpi 300 --output - | lp -d zebra"},
      [labels](Shell& shell) { return print_labels(shell, *labels, "/api/batches"); });
  app.add_option("ID", labels->what, "the batch")->required();
  app.add_option("--page", labels->page, "which page, of svg")->check(CLI::Range(1, 100'000));
  add_label_options(app, *labels);
}

}  // namespace

void add_batch_commands(Commands& commands) {
  CLI::App& group =
      commands.group(commands.root(), "batches", "what was registered together, and its labels");
  auto list = std::make_shared<List>();
  CLI::App& app = commands.command(group, "list", "the batches, newest first",
                                   {"batches list --recipe \"Generator gateway\""},
                                   [list](Shell& shell) { return list_batches(shell, *list); });
  app.add_option("--recipe", list->recipe, "only of this recipe (name or id)");
  add_paging(app, list->limit);
  auto id = std::make_shared<std::string>();
  CLI::App& show = commands.command(group, "show", "one batch", {"batches show 5f0c9a1b2c3d4e5f60718293"},
                                    [id](Shell& shell) { return show_batch(shell, *id); });
  show.add_option("ID", *id, "the batch")->required();
  add_batch_labels(commands, group);
  commands.command(group, "sheets", "the label sheets that can be printed on", {"batches sheets"},
                   list_sheets);
}

void add_label_commands(Commands& commands) {
  auto labels = std::make_shared<Labels>();
  CLI::App& app =
      commands.command(commands.root(), "labels", "the label of one device",
                       {"labels GEN-7K3M-Q9XT-4Z --output label.pdf",
                        "labels GEN-7K3M-Q9XT-4Z --format svg --output label.svg"},
                       [labels](Shell& shell) { return print_labels(shell, *labels, "/api/devices"); });
  app.add_option("SERIAL", labels->what, "the device")->required();
  add_label_options(app, *labels);
}

}  // namespace turnkey::ctl
