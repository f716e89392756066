// SPDX-License-Identifier: Apache-2.0
// The schemas and golden messages of proto/ as the tests read them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "contracts/json.hpp"

namespace turnkey::tests {

using contracts::Json;

// All of proto/schemas, bundled so that references between files resolve; a reference that does not throws at
// the first use. Not thread safe.
class Schemas {
 public:
  Schemas();
  ~Schemas();
  const std::map<std::string, Json>& all() const { return documents_; }  // by name, without common
  const Json& document(const std::string& name) const { return documents_.at(name); }
  // "" when the message is valid, else what is wrong with it.
  std::string refusal(const std::string& name, const Json& message) const;

 private:
  struct Compiled;
  const Compiled& compiled(const std::string& name) const;
  std::map<std::string, Json> documents_;
  Json bundle_;
  mutable std::map<std::string, std::unique_ptr<Compiled>> compiled_;
};

// One Schemas for the whole program: reading them takes a moment.
const Schemas& schemas();

struct Example {
  std::string schema;
  std::string name;  // "<schema>.<case>"
  std::string text;
};
std::vector<Example> good_examples(const std::string& schema = {});  // "" = of all
std::vector<Example> refused_examples(const std::string& schema = {});

// What is written may be no message at all: then the parser refuses it, as it would at work.
std::string refusal_of_text(const std::string& schema, const std::string& text);

}  // namespace turnkey::tests
