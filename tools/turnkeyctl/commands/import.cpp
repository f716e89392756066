// SPDX-License-Identifier: Apache-2.0
// devices import: the plan is shown first, the file for the credentials is there before anything is
// registered, and a broken connection loses nothing.
#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <thread>

#include "client/batch_sender.hpp"
#include "commands/commands.hpp"
#include "commands/import_plan.hpp"
#include "core/random.hpp"
#include "output/progress.hpp"

namespace turnkey::ctl {
namespace {

constexpr auto kLook = std::chrono::milliseconds(300);

struct Import {
  std::string file;
  int count = 0;
  std::string recipe;
  std::string output;
  std::string idempotency_key;
  bool dry_run = false;
  bool skip_bad = false;
  bool yes = false;
  bool resumes = false;  // the key was given: the batch may be registered already
};

// Draws how far the server is, with a connection of its own, while the batch is under way.
class Watcher {
 public:
  Watcher(std::unique_ptr<Api> api, std::string key, std::uint64_t whole, const BatchSender& sender,
          ProgressLine& line)
      : thread_(
            [this, own = std::shared_ptr<Api>(std::move(api)), key = std::move(key), whole, &sender, &line] {
              while (!stopped_within(kLook)) look(*own, key, whole, sender, line);
            }) {}
  ~Watcher() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

 private:
  bool stopped_within(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return wake_.wait_for(lock, time, [this] { return stopping_; });
  }
  static void look(Api& api, const std::string& key, std::uint64_t whole, const BatchSender& sender,
                   ProgressLine& line) {
    if (sender.sent() < whole) return line.draw(progress_text("Sending", sender.sent(), whole));
    const auto progress = batch_progress(api, key);
    if (!progress) return line.draw(progress_text("Waiting", 0, 0));
    const auto number = [&](const char* name) {
      const auto it = progress->find(name);
      return it != progress->end() && it->is_number_unsigned() ? it->get<std::uint64_t>() : std::uint64_t{0};
    };
    std::string phase = text_at(*progress, "/phase");
    if (!phase.empty()) phase[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(phase[0])));
    line.draw(progress_text(phase, number("done"), number("rows")));
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

Target batches_of(const std::string& recipe, bool dry_run, bool skip_bad) {
  return Target("/api/recipes")
      .part(recipe)
      .part("batches")
      .query("dryRun", dry_run ? "true" : "false")
      .query("skipBad", skip_bad ? "true" : "false");
}

// With bad rows left out even where they may not be, so that the whole plan is known together with them.
Outcome<Json> ask_plan(Api& api, const BatchInput& input, const std::string& recipe) {
  http::Call call = input.call(batches_of(recipe, true, true), [](std::uint64_t) {});
  call.deadline = std::chrono::minutes(10);
  call.silence = std::chrono::minutes(5);
  const auto answer = api.ask(std::move(call), true);
  if (!answer) return answer.error();
  Json plan = Json::parse(answer->body, nullptr, false);
  if (!plan.is_object())
    return failure(ExitCode::failed, "unreadable", "The server's plan cannot be understood.");
  return plan;
}

std::string default_output(const Import& import) {
  if (import.file.empty()) return "credentials-" + import.idempotency_key.substr(0, 8) + ".csv";
  const std::filesystem::path file(import.file);
  return (file.parent_path() / (file.stem().string() + ".credentials.csv")).string();
}

Outcome<Registered> send(Shell& shell, Api& api, const Import& import, const BatchInput& input,
                         const std::string& recipe) {
  auto output = PrivateFile::create(import.output);
  if (!output) return output.error();
  ProgressLine line(shell.world().err, shell.world().err_is_terminal && shell.for_people());
  BatchSender sender(api, shell.world(), import.idempotency_key, [&](const std::string& sentence) {
    if (!shell.globals().quiet) line.say(sentence);
  });
  std::optional<Watcher> watcher;
  if (line.drawn()) {
    auto own = shell.another_api();
    if (!own) return own.error();
    watcher.emplace(std::move(*own), import.idempotency_key, input.size(), sender, line);
  }
  auto registered = sender.send(input, batches_of(recipe, false, import.skip_bad), *output);
  watcher.reset();
  if (!registered) return registered;
  const auto finished = output->finish();
  if (!finished) return finished.error();
  return registered;
}

Outcome<Done> show_result(Shell& shell, const Import& import, const Registered& registered) {
  if (!registered.made) {
    const Json plan = Json::parse(registered.plan, nullptr, false);
    shell.show_done(plan.is_object() ? plan : Json::object(),
                    "All rows were registered already; nothing was done.");
    return Done{};
  }
  Json document = {{"batchId", registered.batch_id},
                   {"output", import.output},
                   {"idempotencyKey", import.idempotency_key}};
  if (!registered.skipped.empty()) document["skipped"] = registered.skipped;
  std::string text = "Registered as batch " + registered.batch_id + ". The credentials are in " +
                     import.output + ", which only you can read; they are not shown again.";
  if (!registered.skipped.empty()) text += "\n" + registered.skipped + " bad rows were left out.";
  text += "\nLabels: turnkeyctl batches labels " + registered.batch_id + " --output labels.pdf";
  shell.show_done(document, text);
  return Done{};
}

// Nothing when the import ends with the plan.
Outcome<bool> goes_on(Shell& shell, const Import& import, const Json& plan) {
  const PlanNumbers numbers = numbers_of(plan);
  if (shell.for_people()) show_plan(shell, plan);
  if (numbers.bad > 0 && !import.skip_bad) {
    Failure refused = bad_rows(plan);
    if (shell.for_people()) refused.problem.erase("errors");  // the table has said it
    return refused;
  }
  if (import.dry_run) {
    if (shell.globals().json) shell.print_document(plan);
    return false;
  }
  if (numbers.create == 0 && !import.resumes) {
    shell.show_done(plan, "There is nothing to register.");
    return false;
  }
  const auto sure = shell.confirm(
      import.resumes
          ? "Register them? Devices that this key has registered within the hour get new credentials."
          : "Register " + std::to_string(numbers.create) + " devices?",
      import.yes);
  if (!sure) return sure.error();
  return true;
}

Outcome<Done> import_devices(Shell& shell, Import import) {
  if (import.file.empty() == (import.count == 0))
    return usage("Give a file of serials, or --count, not both.");
  auto input = import.file.empty() ? Outcome<BatchInput>(BatchInput::of_count(import.count))
                                   : BatchInput::of_file(import.file);
  if (!input) return input.error();
  import.resumes = !import.idempotency_key.empty();
  if (!import.resumes) import.idempotency_key = core::random_hex(16);
  if (import.output.empty()) import.output = default_output(import);
  const auto recipe = recipe_id(shell, import.recipe);
  if (!recipe) return recipe.error();
  const auto api = shell.api();
  if (!api) return api.error();
  const auto plan = ask_plan(**api, *input, *recipe);
  if (!plan) return plan.error();
  const auto go = goes_on(shell, import, *plan);
  if (!go) return go.error();
  if (!*go) return Done{};
  if (shell.for_people()) shell.note("Idempotency key: " + import.idempotency_key);
  const auto registered = send(shell, **api, import, *input, *recipe);
  if (!registered) return registered.error();
  return show_result(shell, import, *registered);
}

}  // namespace

void add_import_command(Commands& commands, CLI::App& devices) {
  auto import = std::make_shared<Import>();
  CLI::App& app = commands.command(
      devices, "import",
      "register devices from a CSV file, or a number of them; their credentials are shown once",
      {"devices import serials.csv --recipe \"Generator gateway\" --dry-run",
       "devices import serials.csv --recipe \"Generator gateway\" --output credentials.csv",
       "devices import --count 500 --recipe \"Generator gateway\" --output credentials.csv --yes",
       "devices import serials.csv --recipe \"Generator gateway\" --output second.csv --idempotency-key KEY"},
      [import](Shell& shell) { return import_devices(shell, *import); });
  app.add_option("FILE", import->file,
                 "CSV with a column serial; name, group, model where wanted; others are tags")
      ->type_name(kFile);
  app.add_option("--count", import->count, "register so many with generated serials")
      ->check(CLI::Range(1, 100'000));
  app.add_option("--recipe", import->recipe, "name or id")->required();
  app.add_flag("--dry-run", import->dry_run, "show the plan and do nothing");
  app.add_flag("--skip-bad", import->skip_bad, "leave bad rows out instead of registering none");
  app.add_option("-o,--output", import->output,
                 "new file for the credentials (mode 0600); by itself beside FILE, named .credentials.csv")
      ->type_name(kFile);
  app.add_option("--idempotency-key", import->idempotency_key,
                 "of an import whose answer was lost, to have it again")
      ->check(CLI::Validator(
          [](const std::string& key) {
            const bool good = key.size() >= 8 && key.size() <= 128 &&
                              key.find_first_not_of(
                                  "0123456789abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-") == std::string::npos;
            return good ? std::string() : std::string("8 to 128 of [0-9a-zA-Z_-] are needed");
          },
          "KEY"));
  add_yes(app, import->yes);
}

}  // namespace turnkey::ctl
