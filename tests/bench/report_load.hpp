// SPDX-License-Identifier: Apache-2.0
// State reports from many devices at a steady rate, in the background of a measurement.
#pragma once

#include <string>
#include <vector>

#include "support/installation.hpp"

namespace turnkey::bench {

// Publishes `rate` reports a second (QoS 1) over all devices until the process is told to end. Writes one
// line to standard output when all are connected, and one at the end with how many were handed to the
// network.
int run_load(const tests::Installation& installation, const std::vector<tests::DeviceKeys>& devices,
             int rate);

}  // namespace turnkey::bench
