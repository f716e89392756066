/* SPDX-License-Identifier: Apache-2.0 */
#include "backoff.h"

enum { FIRST_MS = 1000, MOST_DOUBLINGS = 12, LONGEST_MS = 40 * 1000, LONGEST_REFUSED_MS = 40 * 60 * 1000 };

uint32_t backoff_pause_ms(struct backoff *backoff, bool refused, uint32_t random) {
  const uint32_t longest = refused ? LONGEST_REFUSED_MS : LONGEST_MS;
  uint32_t middle = (uint32_t)FIRST_MS << backoff->failures;
  if (middle > longest) middle = longest;
  if (backoff->failures < MOST_DOUBLINGS) ++backoff->failures;
  return middle / 2 + random % (middle + 1);
}
