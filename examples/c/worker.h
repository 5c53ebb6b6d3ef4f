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

static unsigned read_hex4(const char *at) {
  char digits[5] = {0};
  memcpy(digits, at, strnlen(at, 4));
  return (unsigned)strtoul(digits, NULL, 16);
}

static char *write_utf8(char *out, unsigned code) {
  if (code < 0x80) {
    *out++ = (char)code;
  } else if (code < 0x800) {
    *out++ = (char)(0xC0 | code >> 6);
    *out++ = (char)(0x80 | (code & 0x3F));
  } else {
    *out++ = (char)(0xE0 | code >> 12);
    *out++ = (char)(0x80 | (code >> 6 & 0x3F));
    *out++ = (char)(0x80 | (code & 0x3F));
  }
  return out;
}

/* The decoded string at `value` (on its opening quote). The caller frees it. "" if it is no string. */
static char *decode_string(const char *value) {
  if (value == NULL || *value != '"') return calloc(1, 1);
  char *text = malloc(strlen(value) + 1), *out = text;
  for (const char *at = value + 1; *at != '\0' && *at != '"'; ++at) {
    if (*at != '\\') {
      *out++ = *at;
      continue;
    }
    switch (*++at) {
      case 'n': *out++ = '\n'; break;
      case 'r': *out++ = '\r'; break;
      case 't': *out++ = '\t'; break;
      case 'b': *out++ = '\b'; break;
      case 'f': *out++ = '\f'; break;
      case 'u':
        out = write_utf8(out, read_hex4(at + 1));
        at += 4;
        break;
      default: *out++ = *at;
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
