/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

#include <string.h>

enum { MOST_DIGITS = 20, MOST_DECIMALS = 9 };

struct text text_in(char *out, size_t room) {
  const struct text text = {out, room, 0, true};
  out[0] = '\0';
  return text;
}

static void add_byte(struct text *text, char byte) {
  if (text->size + 1 >= text->room) text->fits = false;
  if (!text->fits) return;
  text->out[text->size++] = byte;
  text->out[text->size] = '\0';
}

void text_add(struct text *text, const char *more) {
  for (; *more != '\0'; ++more) add_byte(text, *more);
}

/* With at least so many digits. printf would bring more code than all of this example. */
static void add_digits(struct text *text, uint64_t number, unsigned least) {
  char digits[MOST_DIGITS];
  unsigned count = 0;
  for (; number > 0 || count < least; number /= 10) digits[count++] = (char)('0' + number % 10);
  while (count > 0) add_byte(text, digits[--count]);
}

static uint64_t size_of_number(int64_t number) { return number < 0 ? 0u - (uint64_t)number : (uint64_t)number; }

void text_number(struct text *text, int64_t number) {
  if (number < 0) add_byte(text, '-');
  add_digits(text, size_of_number(number), 1);
}

void report_begin(struct report *report) { report->text = text_in(report->json, sizeof report->json); }

static void begin_member(struct report *report, const char *name) {
  text_add(&report->text, report->text.size == 0 ? "{\"" : ",\"");
  text_add(&report->text, name);
  text_add(&report->text, "\":");
}

void report_number(struct report *report, const char *name, int32_t value) { report_decimal(report, name, value, 0); }

void report_decimal(struct report *report, const char *name, int32_t value, unsigned decimals) {
  const uint64_t size = size_of_number(value);
  uint64_t one = 1;
  if (decimals > MOST_DECIMALS) decimals = MOST_DECIMALS;
  for (unsigned i = 0; i < decimals; ++i) one *= 10;
  begin_member(report, name);
  if (value < 0) add_byte(&report->text, '-');
  add_digits(&report->text, size / one, 1);
  if (decimals == 0) return;
  add_byte(&report->text, '.');
  add_digits(&report->text, size % one, decimals);
}

void report_truth(struct report *report, const char *name, bool value) {
  begin_member(report, name);
  text_add(&report->text, value ? "true" : "false");
}

void report_text(struct report *report, const char *name, const char *value) {
  begin_member(report, name);
  add_byte(&report->text, '"');
  for (; *value != '\0'; ++value) {
    const bool control = (unsigned char)*value < ' ';
    if (*value == '"' || *value == '\\') add_byte(&report->text, '\\');
    add_byte(&report->text, control ? ' ' : *value);
  }
  add_byte(&report->text, '"');
}

const char *report_end(struct report *report) {
  const bool empty = report->text.size == 0;
  add_byte(&report->text, '}');
  return empty || !report->text.fits ? NULL : report->json;
}
