// SPDX-License-Identifier: Apache-2.0
// Taking a release back, within ten minutes and while nobody has taken the device since: whoever may
// administer the former group. Everything is as it was: owner, name, model, tags, since when, the keys that
// ended then; whatever key was made since ends. The epoch grows all the same, so that no hand-over that was
// prepared in between can go through.
#pragma once

#include <string>

#include "domain/device.hpp"
#include "usecases/context.hpp"

namespace turnkey::registry {

// `conflict` (undo_over) when it is too late, somebody took the device, or its group is no leaf any more.
// `not_found` for those who may administer neither the former group nor the present one. Again: the same
// answer.
core::Result<Device> undo_release(const Context& context, const core::UserId& actor,
                                  const std::string& serial);

}  // namespace turnkey::registry
