/* SPDX-License-Identifier: Apache-2.0 */
#include "ring.h"

#include <string.h>

struct kept *ring_at(struct ring *ring, uint8_t place) { return &ring->all[(ring->first + place) % TURNKEY_KEPT_REPORTS]; }

static void leave(struct ring *ring, uint8_t place) {
  if (place == 0) ring->first = (uint8_t)((ring->first + 1) % TURNKEY_KEPT_REPORTS);
  for (uint8_t i = place; place > 0 && i + 1 < ring->count; ++i) *ring_at(ring, i) = *ring_at(ring, (uint8_t)(i + 1));
  --ring->count;
  if (place < ring->sent) --ring->sent;
}

static void leave_acknowledged(struct ring *ring) {
  while (ring->sent > 0 && ring_at(ring, 0)->acknowledged) leave(ring, 0);
}

struct kept *ring_add(struct ring *ring, const char *data) {
  const size_t size = strlen(data);
  if (size >= TURNKEY_DATA_BYTES) return NULL;
  if (ring->count == TURNKEY_KEPT_REPORTS) {
    leave(ring, ring->sent);
    ++ring->lost;
  }
  struct kept *kept = ring_at(ring, ring->count++);
  memset(kept, 0, sizeof *kept);
  memcpy(kept->data, data, size + 1);
  return kept;
}

bool ring_acknowledge(struct ring *ring, uint16_t id) {
  for (uint8_t i = 0; i < ring->sent; ++i) {
    if (ring_at(ring, i)->id != id) continue;
    ring_at(ring, i)->acknowledged = true;
    leave_acknowledged(ring);
    return true;
  }
  return false;
}

void ring_forget_old_presses(struct ring *ring, uint32_t now_ms) {
  for (uint8_t i = 0; i < ring->count;) {
    const struct kept *kept = ring_at(ring, i);
    if (kept->press && now_ms - kept->made_ms >= TURNKEY_PRESS_MS)
      leave(ring, i);
    else
      ++i;
  }
  leave_acknowledged(ring);
}
