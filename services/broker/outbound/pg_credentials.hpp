// SPDX-License-Identifier: Apache-2.0
// The thread that reads the registry's view of credentials: everything at the start and every `compare` (to
// find what is gone), in between what has a revision that is not settled yet. It never touches Mosquitto: the
// broker's thread takes batches from a bounded queue with `take`. When the database or the view is not there
// it tries again with a back-off. `take` is for one other thread; construction and destruction too.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/secret.hpp"
#include "domain/credential_table.hpp"

namespace turnkey::broker {

struct CredentialBatch {
  enum class Kind { rows, compare_begins, compare_ends, compare_abandoned, notice };
  Kind kind = Kind::rows;
  std::vector<CredentialRow> rows{};
  std::int64_t settled_revision = 0;  // with compare_ends
  std::string text{};                 // with notice: a sentence for the log
  bool failure = false;               // with notice
};

struct PgCredentialsTiming {
  std::chrono::milliseconds repair{2000};
  std::chrono::milliseconds compare{600'000};
  std::chrono::milliseconds retry_min{250};
  std::chrono::milliseconds retry_max{5000};
};

class PgCredentials {
 public:
  // Libpq strings, password and all: read for each new connection, the next one when the first does not do.
  PgCredentials(core::Secret connection_strings, PgCredentialsTiming timing);
  ~PgCredentials();  // stops the thread; takes at most a few hundred milliseconds
  std::optional<CredentialBatch> take();
  bool reachable() const;

 private:
  class Reader;
  std::unique_ptr<Reader> reader_;
};

// One line of the COPY: access key, device id, hash in hex, revision, revoked, the end in milliseconds,
// allowed addresses, holder. Nothing when it is malformed.
std::optional<CredentialRow> parse_credential_line(std::string_view line);

}  // namespace turnkey::broker
