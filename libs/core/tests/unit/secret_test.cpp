// SPDX-License-Identifier: Apache-2.0
#include "core/secret.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "core/random.hpp"

using turnkey::core::Secret;
using Secrets = std::vector<std::string>;

namespace {

struct File {
  const std::string path =
      std::filesystem::temp_directory_path() / ("secret-" + turnkey::core::random_hex(8));
  ~File() { std::filesystem::remove(path); }
  void write(const std::string& text) const { std::ofstream(path) << text; }
};

}  // namespace

TEST_CASE("a secret in a file is read anew at every use, two lines in their order while it is rotated") {
  const File file;
  const Secret secret = Secret::in_file(file.path);
  file.write("the older one\n");
  CHECK(secret.all() == Secrets{"the older one"});
  file.write(" the older one \r\n\nthe newer one");
  CHECK(secret.all() == Secrets{"the older one", "the newer one"});
  file.write("the newer one\n");
  CHECK(secret.all() == Secrets{"the newer one"});
}

TEST_CASE("a secret that was given stays, and a file that is empty or gone holds none") {
  CHECK(Secret("given").all() == Secrets{"given"});
  CHECK(Secret().all().empty());
  const File file;
  CHECK(Secret::in_file(file.path).all().empty());
  file.write("\n \n");
  CHECK(Secret::in_file(file.path).all().empty());
}
