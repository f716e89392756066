/* SPDX-License-Identifier: Apache-2.0 */
#include "light.h"

enum { PAUSE_MS = 1500, ON_MS = 700, OFF_MS = 700 };

void light_blink(struct light *light, uint8_t times, uint32_t now_ms) {
  light->since_ms = now_ms;
  light->times = times;
}

bool light_on(struct light *light, uint32_t now_ms) {
  const uint32_t passed = now_ms - light->since_ms;
  if (light->times == 0 || passed < PAUSE_MS) return false;
  const uint32_t blinking = passed - PAUSE_MS;
  if (blinking / (ON_MS + OFF_MS) >= light->times) {
    light->times = 0; /* or it would blink again when the milliseconds have gone round */
    return false;
  }
  return blinking % (ON_MS + OFF_MS) < ON_MS;
}
