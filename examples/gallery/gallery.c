/* A gallery over a mounted folder: /gallery is a page with what is in it, /gallery/NAME one of its images. It uses the
 * C library's own functions for files: the folder is an ordinary one for it, of which it sees nothing else. */
#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#include "wws.h"

#define FOLDER "/images"

static const char* type_of(const char* name) {
  static const char* const types[][2] = {
      {".svg", "image/svg+xml"}, {".png", "image/png"}, {".jpg", "image/jpeg"}, {".webp", "image/webp"}};
  const char* dot = strrchr(name, '.');
  for (size_t i = 0; dot != NULL && i < sizeof types / sizeof types[0]; ++i) {
    if (strcmp(dot, types[i][0]) == 0) return types[i][1];
  }
  return NULL;
}

static int by_name(const void* one, const void* other) {
  return strcmp(*(char* const*)one, *(char* const*)other);
}

/* The names of the images, sorted. */
static size_t find_images(char** names, size_t most) {
  DIR* folder = opendir(FOLDER);
  if (folder == NULL) return 0;
  size_t count = 0;
  for (const struct dirent* entry; count < most && (entry = readdir(folder)) != NULL;) {
    if (type_of(entry->d_name) == NULL) continue;
    names[count] = wws_alloc(strlen(entry->d_name) + 1);
    strcpy(names[count++], entry->d_name);
  }
  closedir(folder);
  qsort(names, count, sizeof *names, by_name);
  return count;
}

/* Text and attributes of a page. */
static void print_escaped(const char* text) {
  for (; *text != 0; ++text) {
    const char letter[] = {*text, 0};
    wws_print(*text == '&' ? "&amp;" : *text == '<' ? "&lt;" : *text == '"' ? "&quot;" : letter);
  }
}

/* A segment of a URL. */
static void print_segment(const char* name) {
  for (; *name != 0; ++name) {
    const unsigned char byte = (unsigned char)*name;
    if (byte < 0x80 && strchr("%/?#\"<>& ", byte) == NULL) {
      wws_write(name, 1);
    } else {
      wws_printf("%%%02X", byte);
    }
  }
}

static void answer_page(void) {
  enum { kMost = 1000 };
  char** names = wws_alloc(kMost * sizeof *names);
  const size_t count = find_images(names, kMost);
  wws_add_header("content-type", "text/html; charset=utf-8");
  wws_print(
      "<!doctype html><meta charset=\"utf-8\"><title>Gallery</title>"
      "<style>body{font:1rem system-ui;margin:2rem}main{display:flex;flex-wrap:wrap;gap:1rem}"
      "figure{margin:0}img{width:12rem;height:12rem;object-fit:cover}</style>");
  wws_printf("<h1>%zu images</h1><main>", count);
  for (size_t i = 0; i < count; ++i) {
    wws_print("<figure><img loading=\"lazy\" src=\"/gallery/");
    print_segment(names[i]);
    wws_print("\"><figcaption>");
    print_escaped(names[i]);
    wws_print("</figcaption></figure>");
  }
  wws_print("</main>\n");
}

static void answer_image(const char* name) {
  const char* type = type_of(name);
  char path[512];
  const int length = snprintf(path, sizeof path, FOLDER "/%s", name);
  FILE* image = type != NULL && (size_t)length < sizeof path ? fopen(path, "rb") : NULL;
  if (image == NULL) {
    wws_set_status(404);
    wws_print("no such image\n");
    return;
  }
  struct stat stat;
  if (fstat(fileno(image), &stat) == 0 && S_ISREG(stat.st_mode)) {
    wws_add_header("content-type", type);
    wws_add_header("cache-control", "max-age=60");
    static char buffer[64 * 1024];
    for (size_t count; (count = fread(buffer, 1, sizeof buffer, image)) > 0;) {
      if (wws_write(buffer, count) != 0) break;
    }
  } else {
    wws_set_status(404);
  }
  fclose(image);
}

WWS_HANDLER {
  const char* name = wws_param("image");
  if (name == NULL) {
    answer_page();
  } else {
    answer_image(name);
  }
}
