// SPDX-License-Identifier: Apache-2.0
// The numbers of the rules, in one place.
#pragma once

#include <chrono>

#include "core/time.hpp"

namespace turnkey::provisioning {

inline constexpr int kMostWindows = 3;        // open at once on one device, each of another user
inline constexpr int kFewestPresses = 2;      // of a pattern
inline constexpr int kFewestAfterOne = 3;     // of a pattern where one press was enough before
inline constexpr int kMostPresses = 5;        // of a pattern
inline constexpr int kWrongBurstsToLock = 5;  // wrong patterns and wrong answers of one window
inline constexpr int kFewestBlinks = 2;       // of the light, for the person to count
inline constexpr int kMostBlinks = 5;
inline constexpr std::size_t kFailedScansToWait = 10;  // of one user within kFailedScanCounts
inline constexpr core::Millis kFailedScanCounts = std::chrono::minutes(10);
inline constexpr core::Millis kLockedFor = std::chrono::minutes(10);  // that user, that device
inline constexpr core::Millis kIdentifyEvery = std::chrono::seconds(2);
inline constexpr int kIdentifyBlinks = 3;  // always the same: it must not tell the pattern of anybody
inline constexpr std::size_t kMostWhoMayMeanIt = 50;  // windows that one press of another device is told to
inline constexpr core::Millis kStrayIsNews = std::chrono::seconds(10);
inline constexpr core::Millis kSameOtherEvery = std::chrono::seconds(5);  // told to one window
inline constexpr core::Millis kAnyOtherEvery = std::chrono::seconds(1);   // likewise
inline constexpr std::chrono::seconds kBusyWithHandOver{2};  // when to ask again while one is under way

}  // namespace turnkey::provisioning
