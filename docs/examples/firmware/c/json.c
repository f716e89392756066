/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <string.h>

enum { MOST_DIGITS = 9 };

static bool is_blank(char byte) { return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r'; }

static size_t after_blanks(struct json text, size_t at) {
  while (at < text.size && is_blank(text.at[at])) ++at;
  return at;
}

/* Behind the string that begins at `at`; the end of the text when it is not closed. */
static size_t after_string(struct json text, size_t at) {
  for (++at; at < text.size; ++at) {
    if (text.at[at] == '\\')
      ++at;
    else if (text.at[at] == '"')
      return at + 1;
  }
  return text.size;
}

/* Behind a number, true, false or null. */
static size_t after_word(struct json text, size_t at) {
  while (at < text.size && !is_blank(text.at[at]) && memchr(",]}", text.at[at], 3) == NULL) ++at;
  return at;
}

/* Behind the value that begins at `at`. */
static size_t after_value(struct json text, size_t at) {
  size_t depth = 0;
  while (at < text.size) {
    const char byte = text.at[at];
    if (byte == '"')
      at = after_string(text, at);
    else if (byte == '{' || byte == '[')
      ++depth, ++at;
    else if (depth == 0)
      return after_word(text, at);
    else if (byte == '}' || byte == ']')
      --depth, ++at;
    else
      ++at;
    if (depth == 0) return at;
  }
  return text.size;
}

bool json_member(struct json object, const char *name, struct json *value) {
  const size_t size = strlen(name);
  size_t at = after_blanks(object, 0);
  if (at >= object.size || object.at[at] != '{') return false;
  for (++at; (at = after_blanks(object, at)) < object.size && object.at[at] == '"';) {
    const size_t key = at + 1;
    at = after_string(object, at);
    const bool wanted = at - key == size + 1 && memcmp(object.at + key, name, size) == 0;
    at = after_blanks(object, at);
    if (at >= object.size || object.at[at] != ':') return false;
    const size_t begin = after_blanks(object, at + 1);
    at = after_value(object, begin);
    value->at = object.at + begin;
    value->size = at - begin;
    if (wanted) return value->size > 0;
    at = after_blanks(object, at);
    if (at >= object.size || object.at[at] != ',') return false;
    ++at;
  }
  return false;
}

bool json_text(struct json value, char *out, size_t room) {
  if (value.size < 2 || value.at[0] != '"' || value.at[value.size - 1] != '"' || value.size - 2 >= room) return false;
  memcpy(out, value.at + 1, value.size - 2);
  out[value.size - 2] = '\0';
  return true;
}

bool json_whole(struct json value, int32_t *number) {
  const bool negative = value.size > 0 && value.at[0] == '-';
  const size_t begin = negative ? 1 : 0;
  int32_t sum = 0;
  if (value.size <= begin || value.size - begin > MOST_DIGITS) return false;
  for (size_t i = begin; i < value.size; ++i) {
    if (value.at[i] < '0' || value.at[i] > '9') return false;
    sum = sum * 10 + (value.at[i] - '0');
  }
  *number = negative ? -sum : sum;
  return true;
}
