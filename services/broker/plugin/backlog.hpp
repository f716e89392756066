// SPDX-License-Identifier: Apache-2.0
// Room for those who wait to be accepted. Mosquitto asks the kernel for 100 places a listener: when thousands
// of devices come back at once the kernel drops the others, and each tries again after one, three, seven
// seconds, some of them after minutes.
#pragma once

namespace turnkey::broker {

inline constexpr int kBacklog = 4096;  // what Linux allows unless net.core.somaxconn says otherwise

// Of every listening TCP socket of this process.
void deepen_backlogs();

}  // namespace turnkey::broker
