// SPDX-License-Identifier: Apache-2.0
#include "documents.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace turnkey::tests {
namespace {

using valijson::adapters::NlohmannJsonAdapter;
constexpr const char* kCommon = "common";

std::filesystem::path proto() {
  const char* source = std::getenv("TURNKEY_SOURCE_DIR");
  return std::filesystem::path(source == nullptr ? "." : source) / "proto";
}

std::string read(const std::filesystem::path& path) {
  const std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) throw std::runtime_error(path.string() + " cannot be read");
  return text.str();
}

std::vector<std::filesystem::path> json_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

// "x.json#/a" and, inside of x.json, "#/a" become "#/documents/x/a": valijson keeps what it has read by the
// pointer alone and would take one file's for another's.
std::string bundled(const std::string& reference, const std::string& own_name) {
  const auto hash = std::min(reference.find('#'), reference.size());
  std::string name = reference.substr(0, hash);
  if (name.ends_with(".json")) name.resize(name.size() - 5);
  if (name.empty()) name = own_name;
  return "#/documents/" + name + (hash == reference.size() ? "" : reference.substr(hash + 1));
}

void bundle_references(Json& node, const std::string& own_name) {
  if (node.is_object() && node.contains("$ref") && node["$ref"].is_string())
    node["$ref"] = bundled(node["$ref"], own_name);
  if (!node.is_structured()) return;
  for (auto& child : node) bundle_references(child, own_name);
}

std::string describe(valijson::ValidationResults& results) {
  std::string text;
  valijson::ValidationResults::Error error;
  while (results.popError(error)) {
    for (const auto& part : error.context) text += part;
    text += ": " + error.description + "\n";
  }
  return text.empty() ? "refused" : text;
}

std::vector<Example> examples_in(const std::filesystem::path& folder, const std::string& schema) {
  std::vector<Example> examples;
  for (const auto& path : json_files(folder)) {
    const std::string name = path.stem().string();
    const auto dot = name.find('.');
    if (dot == std::string::npos) continue;  // test vectors of another kind
    if (!schema.empty() && name.substr(0, dot) != schema) continue;
    examples.push_back({name.substr(0, dot), name, read(path)});
  }
  return examples;
}

}  // namespace

struct Schemas::Compiled {
  valijson::Schema schema;
};

Schemas::Schemas() {
  for (const auto& path : json_files(proto() / "schemas")) {
    const std::string name = path.stem().string();
    Json document = Json::parse(read(path));
    documents_[name] = document;
    bundle_references(document, name);
    bundle_["documents"][name] = std::move(document);
  }
  documents_.erase(kCommon);
}

Schemas::~Schemas() = default;

const Schemas::Compiled& Schemas::compiled(const std::string& name) const {
  auto& slot = compiled_[name];
  if (slot) return *slot;
  if (documents_.count(name) == 0) throw std::runtime_error("there is no schema " + name);
  Json root = bundle_;
  root["allOf"] = Json::array({{{"$ref", "#/documents/" + name}}});
  auto fresh = std::make_unique<Compiled>();
  valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
  parser.populateSchema(NlohmannJsonAdapter(root), fresh->schema);
  slot = std::move(fresh);
  return *slot;
}

std::string Schemas::refusal(const std::string& name, const Json& message) const {
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (validator.validate(compiled(name).schema, NlohmannJsonAdapter(message), &results)) return "";
  return describe(results);
}

const Schemas& schemas() {
  static const Schemas all;
  return all;
}

std::vector<Example> good_examples(const std::string& schema) {
  return examples_in(proto() / "examples", schema);
}
std::vector<Example> refused_examples(const std::string& schema) {
  return examples_in(proto() / "examples" / "refused", schema);
}

std::string refusal_of_text(const std::string& schema, const std::string& text) {
  const auto json = contracts::parse_json(text);
  return json ? schemas().refusal(schema, *json) : json.error().message;
}

}  // namespace turnkey::tests
