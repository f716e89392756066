// SPDX-License-Identifier: Apache-2.0
// A device of Turnkey on an ESP32, by the Arduino core of Espressif: the platform layer, a button, a light and a sensor. What it
// says and when is the plain C of ../../c, which belongs into the folder src beside this file (see ../README.md).
#include <WiFi.h>
#include <WiFiClientSecure.h>
#include <sys/time.h>

#include "secrets.h"
#include "src/device.h"
#include "src/platform.h"
#include "src/report.h"

static const int kButtonPin = 0;  // BOOT on most boards; pulled up, pressed is LOW
static const int kLightPin = 2;
static const int kVoltagePin = 34;
static const uint32_t kBounceMs = 30;
static const uint32_t kReportEveryMs = 60000;
static const int32_t kConnectMs = 5000;         // TCP
static const unsigned long kHandshakeS = 10;    // TLS
static const time_t kClockIsSet = 1700000000;   // before that the clock was never set

static WiFiClientSecure wire;
static struct device device;

// ---- the platform layer ----

bool platform_connect(const char *host, uint16_t port) {
  if (WiFi.status() != WL_CONNECTED) return false;
  wire.setCACert(kAuthority);
  wire.setHandshakeTimeout(kHandshakeS);
  return wire.connect(host, port, kConnectMs) == 1;
}

void platform_close(void) { wire.stop(); }

bool platform_send(const uint8_t *bytes, size_t size) { return wire.write(bytes, size) == size; }

int platform_receive(uint8_t *bytes, size_t room) {
  const int there = wire.available();
  if (there <= 0) return wire.connected() ? 0 : -1;
  return wire.read(bytes, (size_t)there < room ? (size_t)there : room);
}

uint32_t platform_ms(void) { return millis(); }

int64_t platform_clock_ms(void) {
  struct timeval now;
  gettimeofday(&now, NULL);
  return now.tv_sec < kClockIsSet ? 0 : (int64_t)now.tv_sec * 1000 + now.tv_usec / 1000;
}

uint32_t platform_random(void) { return esp_random(); }  // true chance while the radio is on

// ---- the device ----

static void on_command(const char *name, struct json payload) {
  (void)payload;
  Serial.print("command ");
  Serial.println(name);
}

// The press, not its release, and once however the contact bounces.
static bool button_was_pressed() {
  static bool down = false;
  static uint32_t changed_ms = 0;
  const bool now_down = digitalRead(kButtonPin) == LOW;
  if (now_down == down || millis() - changed_ms < kBounceMs) return false;
  down = now_down;
  changed_ms = millis();
  return down;
}

static void report_at_times() {
  static uint32_t last_ms = 0;
  if (last_ms != 0 && millis() - last_ms < kReportEveryMs) return;
  last_ms = millis();
  struct report report;
  report_begin(&report);
  report_decimal(&report, "voltage", (int32_t)analogReadMilliVolts(kVoltagePin), 3);
  report_number(&report, "rssi", WiFi.RSSI());
  device_report(&device, report_end(&report));
}

void setup() {
  Serial.begin(115200);
  pinMode(kButtonPin, INPUT_PULLUP);
  pinMode(kLightPin, OUTPUT);
  WiFi.mode(WIFI_STA);
  WiFi.setAutoReconnect(true);
  WiFi.begin(kWifiName, kWifiPassword);
  configTime(0, 0, "pool.ntp.org");
  const struct device_settings settings = {kHost, kPort, kDeviceId, kAccessKey, kAccessSecret, on_command};
  device_begin(&device, &settings);
}

void loop() {
  if (button_was_pressed()) device_press(&device);
  device_step(&device);
  digitalWrite(kLightPin, device_light_on(&device) ? HIGH : LOW);
  report_at_times();
  delay(2);
}
