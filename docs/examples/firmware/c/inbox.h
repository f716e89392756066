/* SPDX-License-Identifier: Apache-2.0 */
/* Packets out of what comes from the broker, in a fixed buffer. Of a packet that is larger only the beginning is kept, so that it
 * can be acknowledged: the broker would send it again for ever. */
#ifndef TURNKEY_INBOX_H
#define TURNKEY_INBOX_H

#include <stdbool.h>

#include "config.h"
#include "mqtt.h"

#ifdef __cplusplus
extern "C" {
#endif

struct inbox {
  uint8_t bytes[TURNKEY_PACKET_BYTES];
  size_t size, skip; /* skip: bytes to come of a packet that was too large */
};

bool inbox_fill(struct inbox *inbox); /* false when the connection has ended */
/* MQTT_READ: the packet at the beginning of `bytes`, or as much of it as there is room for. */
enum mqtt_reading inbox_next(const struct inbox *inbox, struct mqtt_head *head);
bool inbox_holds(const struct inbox *inbox, const struct mqtt_head *head); /* all of it */
void inbox_drop(struct inbox *inbox, const struct mqtt_head *head);

#ifdef __cplusplus
}
#endif
#endif
