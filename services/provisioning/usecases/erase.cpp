// SPDX-License-Identifier: Apache-2.0
#include "usecases/erase.hpp"

namespace turnkey::provisioning {

core::Result<Counts> erase(ErasureStore& store, const Erasure& erasure, bool apply) {
  if (!apply) return store.count(erasure);
  if (store.open_windows(erasure) > 0)
    return core::conflict("A provisioning of theirs is open. It ends by itself within minutes.",
                          "windows_open");
  return store.remove(erasure);
}

}  // namespace turnkey::provisioning
