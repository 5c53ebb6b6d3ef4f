/* The little of JSON that a wws-json worker in C needs: read one string of the input, write one string of
 * the output. One header, no dependencies. */
#ifndef WORKER_H
#define WORKER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All of standard input, ended by NUL. */
static char *read_input(void) {
  size_t size = 0, room = 4096;
  char *text = malloc(room);
  for (size_t count; (count = fread(text + size, 1, room - size - 1, stdin)) > 0;) {
    size += count;
    if (size + 1 == room) text = realloc(text, room *= 2);
  }
  text[size] = '\0';
  return text;
}

/* Behind the string that starts at `at` (on its opening quote). */
static const char *skip_string(const char *at) {
  for (++at; *at != '\0' && *at != '"'; ++at) {
    if (*at == '\\' && at[1] != '\0') ++at;
  }
  return *at == '"' ? at + 1 : at;
}

/* The value of a top-level key: a pointer to its first character, or NULL. */
static const char *find_value(const char *json, const char *key) {
  int depth = 0;
  for (const char *at = json; *at != '\0';) {
    if (*at != '"') {
      if (*at == '{' || *at == '[') ++depth;
      if (*at == '}' || *at == ']') --depth;
      ++at;
      continue;
    }
    const char *end = skip_string(at);
    const size_t size = strlen(key);
    const int is_key = *end == ':';
    if (is_key && depth == 1 && (size_t)(end - at) == size + 2 && memcmp(at + 1, key, size) == 0) return end + 1;
    at = end;
  }
  return NULL;
}

/* Four hex digits at `at`; 0xFFFD, the replacement character, where they are none. */
static unsigned read_hex4(const char *at) {
  char digits[5] = {0}, *end;
  memcpy(digits, at, strnlen(at, 4));
  const unsigned long code = strtoul(digits, &end, 16);
  return end == digits + 4 ? (unsigned)code : 0xFFFD;
}

static char *write_utf8(char *out, unsigned code) {
  if (code < 0x80) {
    *out++ = (char)code;
    return out;
  }
  int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  static const unsigned lead[] = {0, 0xC0, 0xE0, 0xF0};
  *out++ = (char)(lead[more] | code >> 6 * more);
  while (more-- > 0) *out++ = (char)(0x80 | (code >> 6 * more & 0x3F));
  return out;
}

/* Decodes the digits behind \u, and the second half of a surrogate pair. Returns where it stopped. */
static const char *decode_escape(const char *at, char **out) {
  unsigned code = read_hex4(at);
  at += strnlen(at, 4);
  if (code >> 10 == 0x36 && at[0] == '\\' && at[1] == 'u') {
    const unsigned low = read_hex4(at + 2);
    if (low >> 10 == 0x37) {
      code = 0x10000 + ((code & 0x3FF) << 10 | (low & 0x3FF));
      at += 6;
    }
  }
  *out = write_utf8(*out, code >> 11 == 0x1B ? 0xFFFD : code);
  return at;
}

/* The decoded string at `value` (on its opening quote). The caller frees it. "" if it is no string. */
static char *decode_string(const char *value) {
  if (value == NULL || *value != '"') return calloc(1, 1);
  char *text = malloc(strlen(value) + 1), *out = text;
  for (const char *at = value + 1; *at != '\0' && *at != '"';) {
    if (*at != '\\' || at[1] == '\0') {
      *out++ = *at++;
      continue;
    }
    const char letter = at[1];
    at += 2;
    switch (letter) {
      case 'n': *out++ = '\n'; break;
      case 'r': *out++ = '\r'; break;
      case 't': *out++ = '\t'; break;
      case 'b': *out++ = '\b'; break;
      case 'f': *out++ = '\f'; break;
      case 'u': at = decode_escape(at, &out); break;
      default: *out++ = letter;
    }
  }
  *out = '\0';
  return text;
}

/* Writes `text` as the inside of a JSON string. */
static void print_escaped(const char *text) {
  for (; *text != '\0'; ++text) {
    if (*text == '"' || *text == '\\') {
      printf("\\%c", *text);
    } else if ((unsigned char)*text < 0x20) {
      printf("\\u%04x", *text);
    } else {
      putchar(*text);
    }
  }
}

#endif
