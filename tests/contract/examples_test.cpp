// SPDX-License-Identifier: Apache-2.0
// The schemas and the golden messages against each other.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "documents.hpp"

using namespace turnkey;
using tests::Json;

namespace {

constexpr std::size_t kFewestExamples = 2;

// They mean the same in draft-07, which validators of C++ know, and in 2020-12.
const std::set<std::string> kKeywords = {"$schema",       "$ref",
                                         "$defs",         "title",
                                         "description",   "type",
                                         "enum",          "anyOf",
                                         "not",           "properties",
                                         "required",      "items",
                                         "pattern",       "additionalProperties",
                                         "minLength",     "maxLength",
                                         "propertyNames", "minProperties",
                                         "minItems",      "maxItems",
                                         "maxProperties", "minimum",
                                         "maximum"};
const std::set<std::string> kOfNames = {"properties", "$defs"};  // their keys are names, not keywords

void check_keywords(const Json& schema, const std::string& where) {
  INFO(where);
  if (schema.contains("$ref")) {
    for (const auto& [key, value] : schema.items()) CHECK((key == "$ref" || key == "description"));
    return;
  }
  for (const auto& [key, value] : schema.items()) {
    CHECK(kKeywords.count(key) == 1);
    if (kOfNames.count(key) != 0) {
      for (const auto& [name, inner] : value.items()) check_keywords(inner, where + "/" + name);
    } else if (value.is_object()) {
      check_keywords(value, where + "/" + key);
    } else if (key == "anyOf") {
      for (const Json& inner : value) check_keywords(inner, where + "/anyOf");
    }
  }
}

template <typename Check>
void for_each_good(const Check& check) {
  for (const auto& example : tests::good_examples()) {
    INFO(example.name);
    check(example, Json::parse(example.text));
  }
}

}  // namespace

TEST_CASE("every golden message is what its schema says") {
  for_each_good([](const auto& example, const Json& message) {
    CHECK(tests::schemas().refusal(example.schema, message) == "");
  });
}

TEST_CASE("every message to be refused is refused") {
  for (const auto& example : tests::refused_examples()) {
    INFO(example.name);
    CHECK(tests::refusal_of_text(example.schema, example.text) != "");
  }
}

TEST_CASE("every schema has good messages and messages to be refused") {
  for (const auto& [name, document] : tests::schemas().all()) {
    INFO(name);
    CHECK(tests::good_examples(name).size() >= kFewestExamples);
    CHECK(tests::refused_examples(name).size() >= kFewestExamples);
  }
}

TEST_CASE("schemas keep to keywords that mean the same in draft-07 and 2020-12") {
  for (const auto& [name, document] : tests::schemas().all()) check_keywords(document, name);
}

TEST_CASE("a message without one of the fields that it needs is refused") {
  for_each_good([](const auto& example, const Json& message) {
    const Json& document = tests::schemas().document(example.schema);
    if (!message.is_object() || !document.contains("required")) return;
    for (const Json& name : document["required"]) {
      INFO(name);
      Json cut = message;
      REQUIRE(cut.erase(name.get<std::string>()) == 1);
      CHECK(tests::schemas().refusal(example.schema, cut) != "");
    }
  });
}

TEST_CASE("what Turnkey sends has no field that is not in its schema") {
  for_each_good([](const auto& example, const Json& message) {
    if (example.schema == "state-report") return;  // firmware may send more than we look at
    Json more = message;
    more["surplus"] = 1;
    CHECK(tests::schemas().refusal(example.schema, more) != "");
  });
}

TEST_CASE("a needed field of another form is refused") {
  for_each_good([](const auto& example, const Json& message) {
    const Json& document = tests::schemas().document(example.schema);
    if (!message.is_object() || !document.contains("required")) return;
    for (const Json& name : document["required"]) {
      const std::string field = name.get<std::string>();
      Json other = message;
      other[field] = Json::array({Json::object()});  // no field of ours is a list of empty objects
      INFO(field);
      CHECK(tests::schemas().refusal(example.schema, other) != "");
    }
  });
}
