// SPDX-License-Identifier: Apache-2.0
// Declarations, as in Arduino.h.
#pragma once
#include <Arduino.h>

class WiFiClientSecure {
 public:
  void setCACert(const char *pem);
  void setHandshakeTimeout(unsigned long seconds);
  int connect(const char *host, uint16_t port, int32_t timeout_ms);
  uint8_t connected();
  void stop();
  size_t write(const uint8_t *bytes, size_t size);
  int available();
  int read(uint8_t *bytes, size_t room);
};
