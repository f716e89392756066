/* SPDX-License-Identifier: Apache-2.0 */
/* What the example needs of a chip. Write these seven for yours; posix/platform.c and ../arduino are two of them. */
#ifndef TURNKEY_PLATFORM_H
#define TURNKEY_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Connects with TLS 1.2 or later, checks the certificate against the authority and its name against `host`; false when any of
 * it fails, after 15 s at most. One connection at a time. */
bool platform_connect(const char *host, uint16_t port);
void platform_close(void);
/* All of it, or false: then the connection is of no use any more. Waits 5 s at most. */
bool platform_send(const uint8_t *bytes, size_t size);
/* What is there, without waiting: how many bytes, 0 for none yet, -1 when the connection has ended. */
int platform_receive(uint8_t *bytes, size_t room);
/* Milliseconds since the start; goes on while the chip sleeps, and may wrap. */
uint32_t platform_ms(void);
/* Milliseconds since 1970, as far as a clock is known; 0 while there is none. */
int64_t platform_clock_ms(void);
/* From a true source, or seeded by one: devices that lost their power together must not come back together. */
uint32_t platform_random(void);

#ifdef __cplusplus
}
#endif
#endif
