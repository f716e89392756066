// SPDX-License-Identifier: Apache-2.0
// The installation's own logo beside its name. Pure.

/** A logo this many times as wide as high says the name itself. */
const kWordmark = 2.5;

export function saysTheName(width: number, height: number): boolean {
  return height > 0 && width / height >= kWordmark;
}
