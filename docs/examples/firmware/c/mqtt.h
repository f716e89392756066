/* SPDX-License-Identifier: Apache-2.0 */
/* MQTT 3.1.1, as much of it as a device needs: writes packets into a buffer, takes those apart that came. Holds nothing. */
#ifndef TURNKEY_MQTT_H
#define TURNKEY_MQTT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { MQTT_CONNACK = 2, MQTT_PUBLISH = 3, MQTT_PUBACK = 4, MQTT_SUBACK = 9, MQTT_PINGRESP = 13 };

struct mqtt_login {
  const char *client_id, *user_name, *password;
  uint16_t keep_alive_s;
};

struct mqtt_publication {
  const char *topic, *payload;
  size_t topic_size, payload_size;
  uint16_t id; /* 0: QoS 0 */
  bool again;  /* DUP: it may have arrived before */
};

/* The size of the packet; 0 when it does not fit. */
size_t mqtt_connect(uint8_t *out, size_t room, const struct mqtt_login *login); /* keeps its session */
size_t mqtt_subscribe(uint8_t *out, size_t room, uint16_t id, const char *filter); /* at QoS 1 */
size_t mqtt_publish(uint8_t *out, size_t room, const struct mqtt_publication *publication);
size_t mqtt_puback(uint8_t *out, size_t room, uint16_t id);
size_t mqtt_ping(uint8_t *out, size_t room);

/* The beginning of a packet: its type, flags, and where its body begins and ends. */
struct mqtt_head {
  uint8_t type, flags;
  size_t body, end;
};
enum mqtt_reading { MQTT_MORE, MQTT_READ, MQTT_NONSENSE };
enum mqtt_reading mqtt_read_head(const uint8_t *bytes, size_t size, struct mqtt_head *head);

/* Of a packet of which `size` bytes are there, which may be fewer than all when it is a large PUBLISH. False: nonsense. */
bool mqtt_read_publish(const uint8_t *bytes, size_t size, const struct mqtt_head *head, struct mqtt_publication *publication);
bool mqtt_read_puback(const uint8_t *bytes, const struct mqtt_head *head, uint16_t *id);
/* The code of a CONNACK or SUBACK, their last byte; -1: nonsense. */
int mqtt_read_code(const uint8_t *bytes, const struct mqtt_head *head);

#ifdef __cplusplus
}
#endif
#endif
