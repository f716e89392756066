/* SPDX-License-Identifier: Apache-2.0 */
#include "device.h"

#include <string.h>

#include "platform.h"
#include "report.h"

enum { TOPIC_BYTES = 64, PAYLOAD_BYTES = TURNKEY_DATA_BYTES + 48, NAME_BYTES = 32 };
enum { SERVER_UNAVAILABLE = 3, SUBSCRIPTION_REFUSED = 0x80, STALE_MS = 1000 };
enum { LEAST_BLINKS = 1, BLINKS = 3, MOST_BLINKS = 20 };

static uint16_t next_id(struct device *device) {
  if (++device->last_id == 0) device->last_id = 1; /* 0 is no id */
  return device->last_id;
}

static void topic_of(const struct device *device, const char *end, char *out) {
  struct text text = text_in(out, TOPIC_BYTES);
  text_add(&text, TURNKEY_ROOT "/");
  text_add(&text, device->settings.device_id);
  text_add(&text, end);
}

static void enter(struct device *device, enum device_phase phase) {
  device->phase = phase;
  device->since_ms = platform_ms();
}

/* ---- sending ---- */

static bool send_packet(struct device *device, size_t size) {
  device->sent_ms = platform_ms();
  return size > 0 && platform_send(device->packet, size);
}

static bool send_login(struct device *device) {
  const struct mqtt_login login = {device->settings.device_id, device->settings.access_key, device->settings.access_secret,
                                   TURNKEY_KEEP_ALIVE_S};
  return send_packet(device, mqtt_connect(device->packet, sizeof device->packet, &login));
}

static bool send_subscription(struct device *device) {
  char topic[TOPIC_BYTES];
  topic_of(device, "/command", topic);
  return send_packet(device, mqtt_subscribe(device->packet, sizeof device->packet, next_id(device), topic));
}

/* A press has no time: only the broker's own stamp counts. Of another the chip's clock tells it, once there is one; without a clock
 * its age does. */
static void add_time(struct text *text, struct kept *kept) {
  const uint32_t age = platform_ms() - kept->made_ms;
  if (kept->press) return;
  if (kept->time_ms == 0 && platform_clock_ms() != 0) kept->time_ms = platform_clock_ms() - (int64_t)age;
  if (kept->time_ms == 0 && age < STALE_MS) return;
  text_add(text, ",\"time\":");
  text_number(text, kept->time_ms != 0 ? kept->time_ms : -(int64_t)age);
}

static bool send_kept(struct device *device, struct kept *kept) {
  char topic[TOPIC_BYTES], payload[PAYLOAD_BYTES];
  struct text text = text_in(payload, sizeof payload);
  text_add(&text, "{\"data\":");
  text_add(&text, kept->data);
  const bool timed = kept->time_ms != 0;
  add_time(&text, kept);
  text_add(&text, "}");
  topic_of(device, "/state", topic);
  /* DUP only for what is the same to the byte: an age has grown, and a time may be there now that was not. */
  const bool again = kept->again && (kept->press || timed);
  const struct mqtt_publication it = {topic, payload, strlen(topic), text.size, kept->id, again};
  kept->again = true;
  return send_packet(device, mqtt_publish(device->packet, sizeof device->packet, &it));
}

static bool send_what_waits(struct device *device) {
  struct ring *ring = &device->ring;
  while (ring->sent < ring->count && ring->sent < TURNKEY_IN_FLIGHT) {
    struct kept *kept = ring_at(ring, ring->sent++);
    if (kept->acknowledged) continue;
    if (ring->sent == 1) device->acked_ms = platform_ms();
    if (!kept->again) kept->id = next_id(device);
    if (!send_kept(device, kept)) return false;
  }
  return true;
}

static bool ping_when_quiet(struct device *device) {
  const uint32_t now = platform_ms();
  if (device->asked || (now - device->sent_ms < TURNKEY_QUIET_MS && now - device->heard_ms < TURNKEY_QUIET_MS)) return true;
  device->asked = true;
  device->asked_ms = now;
  return send_packet(device, mqtt_ping(device->packet, sizeof device->packet));
}

/* ---- hearing ---- */

/* The same command as the last one, delivered twice: its name and its time are the same. */
static bool is_repeated(struct device *device, const char *name, const char *time) {
  char both[sizeof device->last_command] = {0};
  struct text text = text_in(both, sizeof both);
  text_add(&text, name);
  text_add(&text, time);
  if (strcmp(both, device->last_command) == 0) return true;
  memcpy(device->last_command, both, sizeof both);
  return false;
}

static void identify(struct device *device, struct json payload) {
  struct json value;
  int32_t times = BLINKS;
  if (json_member(payload, "times", &value) && !json_whole(value, &times)) return;
  if (times >= LEAST_BLINKS && times <= MOST_BLINKS) light_blink(&device->light, (uint8_t)times, platform_ms());
}

static void obey(struct device *device, struct json command) {
  struct json value, payload = {NULL, 0};
  char name[NAME_BYTES], time[NAME_BYTES];
  if (!json_member(command, "name", &value) || !json_text(value, name, sizeof name)) return;
  if (!json_member(command, "time", &value) || !json_member(value, "$date", &value) || !json_text(value, time, sizeof time)) return;
  if (is_repeated(device, name, time)) return;
  (void)json_member(command, "payload", &payload);
  if (strcmp(name, "identify") == 0)
    identify(device, payload);
  else
    device->settings.on_command(name, payload);
}

static bool hear_publication(struct device *device, const struct mqtt_head *head) {
  struct mqtt_publication it;
  char topic[TOPIC_BYTES];
  if (!mqtt_read_publish(device->inbox.bytes, device->inbox.size, head, &it)) return false;
  topic_of(device, "/command", topic);
  const bool ours = it.topic_size == strlen(topic) && memcmp(it.topic, topic, it.topic_size) == 0;
  const struct json command = {it.payload, it.payload_size};
  if (ours && inbox_holds(&device->inbox, head)) obey(device, command);
  return it.id == 0 || send_packet(device, mqtt_puback(device->packet, sizeof device->packet, it.id));
}

static bool hear_acknowledgement(struct device *device, const struct mqtt_head *head) {
  uint16_t id;
  if (!mqtt_read_puback(device->inbox.bytes, head, &id)) return false;
  if (ring_acknowledge(&device->ring, id)) device->acked_ms = platform_ms();
  return true;
}

static bool hear_login(struct device *device, const struct mqtt_head *head) {
  const int code = mqtt_read_code(device->inbox.bytes, head);
  if (code >= 0) device->refusal = (uint8_t)code;
  if (code != 0) return false;
  enter(device, DEVICE_ONLINE);
  device->ring.sent = 0; /* what was in flight goes out again, first and in its order */
  return send_subscription(device);
}

static bool hear_subscription(struct device *device, const struct mqtt_head *head) {
  const int code = mqtt_read_code(device->inbox.bytes, head);
  device->subscribed = code >= 0 && code != SUBSCRIPTION_REFUSED;
  return device->subscribed;
}

static bool hear_packet(struct device *device, const struct mqtt_head *head) {
  if (head->type != MQTT_PUBLISH && !inbox_holds(&device->inbox, head)) return false;
  if (device->phase == DEVICE_LOGGING_IN) return head->type == MQTT_CONNACK && hear_login(device, head);
  switch (head->type) {
    case MQTT_PUBLISH:
      return hear_publication(device, head);
    case MQTT_PUBACK:
      return hear_acknowledgement(device, head);
    case MQTT_SUBACK:
      return hear_subscription(device, head);
    case MQTT_PINGRESP:
      device->asked = false;
      return true;
    default:
      return false;
  }
}

/* False: the connection has ended, or is of no use. */
static bool hear(struct device *device) {
  struct mqtt_head head;
  if (!inbox_fill(&device->inbox)) return false;
  for (;;) {
    const enum mqtt_reading reading = inbox_next(&device->inbox, &head);
    if (reading != MQTT_READ) return reading == MQTT_MORE;
    device->heard_ms = platform_ms();
    if (!hear_packet(device, &head)) return false;
    inbox_drop(&device->inbox, &head);
  }
}

static bool answers_in_time(const struct device *device) {
  const uint32_t now = platform_ms();
  const bool waits = device->phase == DEVICE_LOGGING_IN || !device->subscribed;
  if (waits && now - device->since_ms >= TURNKEY_ANSWER_MS) return false;
  if (device->asked && now - device->asked_ms >= TURNKEY_ANSWER_MS) return false;
  return device->phase != DEVICE_ONLINE || device->ring.sent == 0 || now - device->acked_ms < TURNKEY_ANSWER_MS;
}

/* ---- coming and going ---- */

static void break_off(struct device *device) {
  const bool settled = device->phase == DEVICE_ONLINE && platform_ms() - device->since_ms >= TURNKEY_SETTLED_MS;
  const bool refused = device->refusal != 0 && device->refusal != SERVER_UNAVAILABLE;
  platform_close();
  if (settled) device->backoff.failures = 0;
  device->pause_ms = backoff_pause_ms(&device->backoff, refused, platform_random());
  enter(device, DEVICE_AWAY);
  device->next_try_ms = device->since_ms + device->pause_ms;
}

static void log_in(struct device *device) {
  device->refusal = 0;
  device->subscribed = device->asked = false;
  device->inbox.size = device->inbox.skip = 0;
  enter(device, DEVICE_LOGGING_IN);
  const bool connected = platform_connect(device->settings.host, device->settings.port);
  enter(device, DEVICE_LOGGING_IN);
  device->heard_ms = device->since_ms;
  if (!connected || !send_login(device)) break_off(device);
}

void device_begin(struct device *device, const struct device_settings *settings) {
  memset(device, 0, sizeof *device);
  device->settings = *settings;
  /* Not at once: many devices get their power back together. */
  device->next_try_ms = platform_ms() + platform_random() % 1000;
}

void device_step(struct device *device) {
  ring_forget_old_presses(&device->ring, platform_ms());
  if (device->phase == DEVICE_AWAY) {
    if ((int32_t)(platform_ms() - device->next_try_ms) >= 0) log_in(device);
    return;
  }
  bool good = hear(device) && answers_in_time(device);
  if (good && device->phase == DEVICE_ONLINE) good = send_what_waits(device) && ping_when_quiet(device);
  if (!good) break_off(device);
}

static bool keep(struct device *device, const char *data, bool press) {
  struct kept *kept = ring_add(&device->ring, data);
  if (kept == NULL) return false;
  kept->made_ms = platform_ms();
  kept->press = press;
  kept->time_ms = press ? 0 : platform_clock_ms();
  return true;
}

bool device_report(struct device *device, const char *data) { return data != NULL && keep(device, data, false); }

void device_press(struct device *device) { (void)keep(device, TURNKEY_PRESS, true); }

bool device_light_on(struct device *device) { return light_on(&device->light, platform_ms()); }
