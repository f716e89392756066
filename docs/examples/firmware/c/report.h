/* SPDX-License-Identifier: Apache-2.0 */
/* Text in a fixed buffer, and the data of a report in it, as JSON. What does not fit makes the whole of it void, never a part. */
#ifndef TURNKEY_REPORT_H
#define TURNKEY_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config.h"

#ifdef __cplusplus
extern "C" {
#endif

struct text {
  char *out;
  size_t room, size;
  bool fits;
};
struct text text_in(char *out, size_t room);
void text_add(struct text *text, const char *more);
void text_number(struct text *text, int64_t number);

struct report {
  char json[TURNKEY_DATA_BYTES];
  struct text text;
};
void report_begin(struct report *report);
void report_number(struct report *report, const char *name, int32_t value);
void report_decimal(struct report *report, const char *name, int32_t value, unsigned decimals); /* 1384 with 2: 13.84 */
void report_truth(struct report *report, const char *name, bool value);
void report_text(struct report *report, const char *name, const char *value); /* UTF-8 */
/* The data, {"rpm":1500}; NULL when it is empty or did not fit. */
const char *report_end(struct report *report);

#ifdef __cplusplus
}
#endif
#endif
