/* SPDX-License-Identifier: Apache-2.0 */
/* The light that a person counts: dark first, then on and off, slowly. A new blinking breaks off the old one. */
#ifndef TURNKEY_LIGHT_H
#define TURNKEY_LIGHT_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct light {
  uint32_t since_ms;
  uint8_t times; /* 0: it does not blink */
};
void light_blink(struct light *light, uint8_t times, uint32_t now_ms);
bool light_on(struct light *light, uint32_t now_ms);

#ifdef __cplusplus
}
#endif
#endif
