// SPDX-License-Identifier: Apache-2.0
// Pictures in PostgreSQL, by the SHA-256 of their bytes. Every function works in the caller's transaction.
#pragma once

#include <optional>
#include <pqxx/transaction>
#include <string>

#include "core/time.hpp"
#include "domain/picture.hpp"

namespace turnkey::registry::pg_pictures {

void save(pqxx::work& tx, const std::string& sha256_hex, const Picture& picture, core::Timestamp now);
std::optional<Picture> find(pqxx::work& tx, const std::string& sha256_hex);

}  // namespace turnkey::registry::pg_pictures
