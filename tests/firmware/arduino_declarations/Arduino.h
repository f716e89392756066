// SPDX-License-Identifier: Apache-2.0
// Declarations of what the sketch of docs/examples/firmware/arduino calls, written by hand from the documentation of Arduino and of
// Espressif's core. They let a compiler check the sketch's syntax and types; nothing can be linked or run with them.
#pragma once
#include <stdint.h>
#include <stddef.h>
#include <sys/time.h>
#include <time.h>

#define LOW 0x0
#define HIGH 0x1
#define OUTPUT 0x03
#define INPUT_PULLUP 0x05

void pinMode(uint8_t pin, uint8_t mode);
int digitalRead(uint8_t pin);
void digitalWrite(uint8_t pin, uint8_t value);
uint32_t analogReadMilliVolts(uint8_t pin);
unsigned long millis();
void delay(uint32_t ms);
uint32_t esp_random();
void configTime(long offset_s, int daylight_s, const char *server1, const char *server2 = nullptr, const char *server3 = nullptr);

struct SerialPort {
  void begin(unsigned long baud);
  size_t print(const char *text);
  size_t println(const char *text);
};
extern SerialPort Serial;
