/* SPDX-License-Identifier: Apache-2.0 */
/* How long to wait before the next try: 1, 2, 4 ... s, each from half to one and a half of it by chance, so that devices that
 * lost the broker together come back one by one. */
#ifndef TURNKEY_BACKOFF_H
#define TURNKEY_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct backoff {
  uint8_t failures;
};
/* Of one more failure. `refused`: the login, which no haste helps; then up to an hour, otherwise up to a minute. */
uint32_t backoff_pause_ms(struct backoff *backoff, bool refused, uint32_t random);

#ifdef __cplusplus
}
#endif
#endif
