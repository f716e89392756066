/* SPDX-License-Identifier: Apache-2.0 */
/* Looks into a JSON text without copying it. It finds members of an object and reads simple values; it does not judge whether
 * the rest is JSON. Never reads beyond the text; no recursion. */
#ifndef TURNKEY_JSON_H
#define TURNKEY_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct json {
  const char *at;
  size_t size;
};

/* The value of the member of that name; false when this is no object or has none. */
bool json_member(struct json object, const char *name, struct json *value);
/* A string, as it is written (escapes stay), with its zero; false when it is none or does not fit. */
bool json_text(struct json value, char *out, size_t room);
/* A whole number; false when it is none or is large. */
bool json_whole(struct json value, int32_t *number);

#ifdef __cplusplus
}
#endif
#endif
