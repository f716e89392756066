/* SPDX-License-Identifier: Apache-2.0 */
#include "inbox.h"

#include <string.h>

#include "platform.h"

static void drop_bytes(struct inbox *inbox, size_t size) {
  const size_t there = size < inbox->size ? size : inbox->size;
  inbox->size -= there;
  inbox->skip = size - there;
  memmove(inbox->bytes, inbox->bytes + there, inbox->size);
}

bool inbox_fill(struct inbox *inbox) {
  if (inbox->size < sizeof inbox->bytes) {
    const int got = platform_receive(inbox->bytes + inbox->size, sizeof inbox->bytes - inbox->size);
    if (got < 0) return false;
    inbox->size += (size_t)got;
  }
  if (inbox->skip > 0) drop_bytes(inbox, inbox->skip);
  return true;
}

bool inbox_holds(const struct inbox *inbox, const struct mqtt_head *head) { return head->end <= inbox->size; }

enum mqtt_reading inbox_next(const struct inbox *inbox, struct mqtt_head *head) {
  const enum mqtt_reading reading = mqtt_read_head(inbox->bytes, inbox->size, head);
  const bool full = inbox->size == sizeof inbox->bytes;
  return reading == MQTT_READ && !inbox_holds(inbox, head) && !full ? MQTT_MORE : reading;
}

void inbox_drop(struct inbox *inbox, const struct mqtt_head *head) { drop_bytes(inbox, head->end); }
