/* SPDX-License-Identifier: Apache-2.0 */
/* A device of Turnkey: stays connected, reports, tells of its button, obeys commands. One of them; not thread safe.
 *
 *   AWAY --pause over--> LOGGING_IN --CONNACK 0--> ONLINE: subscribe, send what waits, oldest first
 *     ^                      |                        |
 *     +---- refused, silent, broken: a longer pause --+
 */
#ifndef TURNKEY_DEVICE_H
#define TURNKEY_DEVICE_H

#include "backoff.h"
#include "inbox.h"
#include "json.h"
#include "light.h"
#include "ring.h"

#ifdef __cplusplus
extern "C" {
#endif

struct device_settings {
  const char *host;
  uint16_t port;
  const char *device_id, *access_key, *access_secret;
  /* Every command but `identify`, once; `payload` is empty when it has none. */
  void (*on_command)(const char *name, struct json payload);
};

enum device_phase { DEVICE_AWAY, DEVICE_LOGGING_IN, DEVICE_ONLINE };

struct device {
  struct device_settings settings; /* the texts have to stay */
  enum device_phase phase;
  uint32_t since_ms;                              /* of the phase */
  uint32_t next_try_ms, pause_ms;
  uint32_t heard_ms, sent_ms, asked_ms, acked_ms; /* last packet; last ping; last progress of what is in flight */
  bool subscribed, asked;
  uint8_t refusal; /* code of the last CONNACK: 0 let in, 2 who are you, 4 and 5 key or secret are not good */
  uint16_t last_id;
  struct backoff backoff;
  struct ring ring;
  struct inbox inbox;
  struct light light;
  char last_command[64]; /* its name and its time */
  uint8_t packet[TURNKEY_PACKET_BYTES];
};

void device_begin(struct device *device, const struct device_settings *settings);
/* Does what is due, and waits only where the platform does. Call it over and over, ten times a second at least. */
void device_step(struct device *device);
/* Keeps a report of `data` (report_end) until the broker has taken it; false when it is too long. */
bool device_report(struct device *device, const char *data);
void device_press(struct device *device);
bool device_light_on(struct device *device);

#ifdef __cplusplus
}
#endif
#endif
