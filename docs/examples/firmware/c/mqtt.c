/* SPDX-License-Identifier: Apache-2.0 */
#include "mqtt.h"

#include <string.h>

enum { CONNECT = 0x10, PUBLISH = 0x30, PUBACK = 0x40, SUBSCRIBE = 0x82, PINGREQ = 0xC0 };
enum { FLAG_DUP = 0x08, FLAG_QOS1 = 0x02, QOS_BITS = 0x06 };
enum { USER_NAME = 0x80, PASSWORD = 0x40 }; /* and no CLEAN SESSION */
enum { MOST_LENGTH_BYTES = 4 };

struct writer {
  uint8_t *at;
  size_t left;
  bool fits;
};

static void put(struct writer *out, const void *bytes, size_t size) {
  if (!out->fits || size > out->left) {
    out->fits = false;
    return;
  }
  memcpy(out->at, bytes, size);
  out->at += size;
  out->left -= size;
}

static void put_byte(struct writer *out, unsigned byte) {
  const uint8_t one = (uint8_t)byte;
  put(out, &one, 1);
}

static void put_number(struct writer *out, size_t number) {
  put_byte(out, (unsigned)(number >> 8) & 0xFFu);
  put_byte(out, (unsigned)number & 0xFFu);
}

static void put_field(struct writer *out, const char *text, size_t size) {
  put_number(out, size);
  put(out, text, size);
}

static void put_head(struct writer *out, unsigned first, size_t body) {
  put_byte(out, first);
  do {
    put_byte(out, (unsigned)(body % 128) | (body > 127 ? 0x80u : 0u));
    body /= 128;
  } while (body > 0);
}

static size_t written(const struct writer *out, const uint8_t *begin) { return out->fits ? (size_t)(out->at - begin) : 0; }

size_t mqtt_connect(uint8_t *out, size_t room, const struct mqtt_login *login) {
  struct writer writer = {out, room, true};
  const size_t id = strlen(login->client_id), name = strlen(login->user_name), password = strlen(login->password);
  put_head(&writer, CONNECT, 10 + 2 + id + 2 + name + 2 + password);
  put_field(&writer, "MQTT", 4);
  put_byte(&writer, 4); /* version 3.1.1 */
  put_byte(&writer, USER_NAME | PASSWORD);
  put_number(&writer, login->keep_alive_s);
  put_field(&writer, login->client_id, id);
  put_field(&writer, login->user_name, name);
  put_field(&writer, login->password, password);
  return written(&writer, out);
}

size_t mqtt_subscribe(uint8_t *out, size_t room, uint16_t id, const char *filter) {
  struct writer writer = {out, room, true};
  const size_t size = strlen(filter);
  put_head(&writer, SUBSCRIBE, 2 + 2 + size + 1);
  put_number(&writer, id);
  put_field(&writer, filter, size);
  put_byte(&writer, 1);
  return written(&writer, out);
}

size_t mqtt_publish(uint8_t *out, size_t room, const struct mqtt_publication *it) {
  struct writer writer = {out, room, true};
  const unsigned flags = (it->id != 0 ? FLAG_QOS1 : 0u) | (it->again ? FLAG_DUP : 0u);
  put_head(&writer, PUBLISH | flags, 2 + it->topic_size + (it->id != 0 ? 2 : 0) + it->payload_size);
  put_field(&writer, it->topic, it->topic_size);
  if (it->id != 0) put_number(&writer, it->id);
  put(&writer, it->payload, it->payload_size);
  return written(&writer, out);
}

size_t mqtt_puback(uint8_t *out, size_t room, uint16_t id) {
  struct writer writer = {out, room, true};
  put_head(&writer, PUBACK, 2);
  put_number(&writer, id);
  return written(&writer, out);
}

size_t mqtt_ping(uint8_t *out, size_t room) {
  struct writer writer = {out, room, true};
  put_head(&writer, PINGREQ, 0);
  return written(&writer, out);
}

static uint16_t number_at(const uint8_t *bytes) { return (uint16_t)((bytes[0] << 8) | bytes[1]); }

enum mqtt_reading mqtt_read_head(const uint8_t *bytes, size_t size, struct mqtt_head *head) {
  size_t body = 0;
  for (size_t i = 1; i <= MOST_LENGTH_BYTES; ++i) {
    if (size <= i) return MQTT_MORE;
    body |= (size_t)(bytes[i] & 0x7Fu) << (7 * (i - 1));
    if ((bytes[i] & 0x80u) != 0) continue;
    head->type = bytes[0] >> 4;
    head->flags = bytes[0] & 0x0Fu;
    head->body = i + 1;
    head->end = i + 1 + body;
    return MQTT_READ;
  }
  return MQTT_NONSENSE;
}

bool mqtt_read_publish(const uint8_t *bytes, size_t size, const struct mqtt_head *head, struct mqtt_publication *it) {
  const size_t there = size < head->end ? size : head->end;
  const bool numbered = (head->flags & QOS_BITS) == FLAG_QOS1;
  if (!numbered && (head->flags & QOS_BITS) != 0) return false;
  if (there < head->body + 2) return false;
  it->topic_size = number_at(bytes + head->body);
  const size_t payload = head->body + 2 + it->topic_size + (numbered ? 2 : 0);
  if (there < payload) return false;
  it->topic = (const char *)bytes + head->body + 2;
  it->id = numbered ? number_at(bytes + payload - 2) : 0;
  it->payload = (const char *)bytes + payload;
  it->payload_size = there - payload;
  it->again = (head->flags & FLAG_DUP) != 0;
  return true;
}

bool mqtt_read_puback(const uint8_t *bytes, const struct mqtt_head *head, uint16_t *id) {
  if (head->end - head->body != 2) return false;
  *id = number_at(bytes + head->body);
  return true;
}

int mqtt_read_code(const uint8_t *bytes, const struct mqtt_head *head) {
  const size_t size = head->type == MQTT_CONNACK ? 2 : 3;
  return head->end - head->body == size ? bytes[head->end - 1] : -1;
}
