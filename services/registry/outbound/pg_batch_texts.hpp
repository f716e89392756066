// SPDX-License-Identifier: Apache-2.0
// The files of an import on their way in and out, in pieces, sealed under a key that only the messages of the
// bus carry. Every function works in the caller's transaction.
#pragma once

#include <optional>
#include <pqxx/transaction>
#include <string>

#include "core/ids.hpp"
#include "core/time.hpp"

namespace turnkey::registry::pg_batch_texts {

inline constexpr std::size_t kMaxChunk = 512 * 1024;      // bytes; as text in JSON a byte may become six
inline constexpr std::size_t kMaxPage = 2 * 1024 * 1024;  // bytes as text in JSON
inline constexpr int kMaxChunks = 160;                    // 64 MiB, cut between characters

// `key`: 32 bytes. The same chunk again replaces itself.
void put_input(pqxx::work& tx, const std::string& upload_id, int chunk, const core::UserId& user,
               const std::string& sealed, core::Timestamp now);
std::string seal_input(const std::string& key, const std::string& upload_id, int chunk,
                       const std::string& text);
int count_inputs(pqxx::work& tx, const std::string& upload_id, const core::UserId& user);
// Nothing when it is not there, or not to be read with this key.
std::optional<std::string> input(pqxx::work& tx, const std::string& upload_id, int chunk,
                                 const std::string& key);
void drop_inputs(pqxx::work& tx, const std::string& upload_id);

void put_output(pqxx::work& tx, const core::BatchId& batch, int page, const std::string& key,
                const std::string& text, core::Timestamp expires_at);
std::optional<std::string> output(pqxx::work& tx, const core::BatchId& batch, int page,
                                  const std::string& key, core::Timestamp now);
void drop_outputs(pqxx::work& tx, const core::BatchId& batch);

}  // namespace turnkey::registry::pg_batch_texts
