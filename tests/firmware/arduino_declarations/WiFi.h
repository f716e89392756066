// SPDX-License-Identifier: Apache-2.0
// Declarations, as in Arduino.h.
#pragma once
#include <Arduino.h>

enum wl_status_t { WL_CONNECTED = 3 };
enum wifi_mode_t { WIFI_STA = 1 };

struct WiFiClass {
  bool mode(wifi_mode_t mode);
  bool setAutoReconnect(bool on);
  wl_status_t begin(const char *name, const char *password);
  wl_status_t status();
  int8_t RSSI();
};
extern WiFiClass WiFi;
