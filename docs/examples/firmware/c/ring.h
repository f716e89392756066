/* SPDX-License-Identifier: Apache-2.0 */
/* Reports that are not acknowledged, oldest first: first those that were sent, in their order, then the others. When there is no
 * room the oldest that was not sent goes. In memory only: what must outlive a loss of power belongs into flash. */
#ifndef TURNKEY_RING_H
#define TURNKEY_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

#ifdef __cplusplus
extern "C" {
#endif

struct kept {
  int64_t time_ms;  /* since 1970; 0: not known yet */
  uint32_t made_ms; /* by platform_ms */
  uint16_t id;      /* of its packet, once it was sent */
  bool press, again, acknowledged;
  char data[TURNKEY_DATA_BYTES];
};

struct ring {
  struct kept all[TURNKEY_KEPT_REPORTS];
  uint8_t first, count, sent;
  uint32_t lost; /* for want of room */
};

struct kept *ring_at(struct ring *ring, uint8_t place); /* 0: the oldest */
/* A new one with that data; NULL when the data is too long. */
struct kept *ring_add(struct ring *ring, const char *data);
/* The ones up to the first that is not acknowledged leave. False when none in flight has that id. */
bool ring_acknowledge(struct ring *ring, uint16_t id);
void ring_forget_old_presses(struct ring *ring, uint32_t now_ms);

#ifdef __cplusplus
}
#endif
#endif
