// SPDX-License-Identifier: Apache-2.0
// Batches as operators see them: the answer of an import in pages, how far one is, and those that were made.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "outbound/pg_batches.hpp"
#include "usecases/context.hpp"

namespace turnkey::registry {

// `not_found` when it is not there any more, or was made anew under another key.
core::Result<std::string> read_batch_output(const Context& context, const core::UserId& actor,
                                            const core::BatchId& batch, int page, const std::string& key);
// The answer has been read to its end: `not_found` when it was not the newest one of the batch.
core::Result<core::Done> drop_batch_output(const Context& context, const core::UserId& actor,
                                           const core::BatchId& batch, const std::string& key);

core::Result<pg_batches::Progress> get_batch_progress(const Context& context, const core::UserId& actor,
                                                      const std::string& idempotency_key);

struct BatchPage {
  std::vector<pg_batches::Listed> items;
  std::optional<std::string> next_cursor;
};
core::Result<BatchPage> list_batches(const Context& context, const core::UserId& actor,
                                     const std::optional<core::RecipeId>& recipe,
                                     const std::optional<core::BatchId>& before, int limit);
core::Result<pg_batches::Listed> get_batch(const Context& context, const core::UserId& actor,
                                           const core::BatchId& id);
struct BatchDevicePage {
  std::vector<pg_batches::ListedDevice> items;
  std::optional<std::string> next_cursor;
};
core::Result<BatchDevicePage> list_batch_devices(const Context& context, const core::UserId& actor,
                                                 const core::BatchId& id, const std::string& after,
                                                 int limit);

void sweep_batches(const Context& context);

}  // namespace turnkey::registry
