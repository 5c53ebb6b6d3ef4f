/* Calls the functions of WASI's preview 0 (module wasi_unstable) with its own layouts, and answers one line for
 * each of what they gave. Its C library calls preview 1. */
#include <stdint.h>

#include "query.h"

#define UNSTABLE(name) __attribute__((import_module("wasi_unstable"), import_name(#name))) int32_t unstable_##name

typedef struct {
  const void *data;
  uint32_t size;
} vector;

UNSTABLE(args_get)(char **pointers, char *text);
UNSTABLE(args_sizes_get)(uint32_t *count, uint32_t *size);
UNSTABLE(environ_get)(char **pointers, char *text);
UNSTABLE(environ_sizes_get)(uint32_t *count, uint32_t *size);
UNSTABLE(clock_res_get)(uint32_t clock, uint64_t *resolution);
UNSTABLE(clock_time_get)(uint32_t clock, uint64_t precision, uint64_t *time);
UNSTABLE(random_get)(void *data, uint32_t size);
UNSTABLE(sched_yield)(void);
UNSTABLE(fd_read)(uint32_t fd, const vector *vectors, uint32_t count, uint32_t *size);
UNSTABLE(fd_write)(uint32_t fd, const vector *vectors, uint32_t count, uint32_t *size);
UNSTABLE(fd_seek)(uint32_t fd, int64_t offset, uint32_t whence, uint64_t *place);
UNSTABLE(fd_tell)(uint32_t fd, uint64_t *place);
UNSTABLE(fd_sync)(uint32_t fd);
UNSTABLE(fd_datasync)(uint32_t fd);
UNSTABLE(fd_close)(uint32_t fd);
UNSTABLE(fd_renumber)(uint32_t from, uint32_t to);
UNSTABLE(fd_fdstat_get)(uint32_t fd, uint8_t *stat);
UNSTABLE(fd_fdstat_set_flags)(uint32_t fd, uint32_t flags);
UNSTABLE(fd_fdstat_set_rights)(uint32_t fd, uint64_t base, uint64_t inheriting);
UNSTABLE(fd_filestat_get)(uint32_t fd, uint8_t *stat);
UNSTABLE(fd_prestat_get)(uint32_t fd, void *stat);
UNSTABLE(path_open)(uint32_t fd, uint32_t look, const char *path, uint32_t size, uint32_t flags, uint64_t base,
                    uint64_t inheriting, uint32_t fd_flags, uint32_t *opened);
UNSTABLE(poll_oneoff)(const void *subscriptions, void *events, uint32_t count, uint32_t *ready);
__attribute__((import_module("wasi_unstable"), import_name("proc_exit"), noreturn)) void unstable_proc_exit(uint32_t);

enum { SEEK_CURRENT = 0, MONOTONIC = 1, FD_WRITE = 2, MILLISECOND = 1000000 };

/* A subscription of preview 0: its clock has an identifier before all else. */
typedef struct {
  uint64_t userdata;
  uint8_t type;
  union {
    struct {
      uint64_t identifier;
      uint32_t clock;
      uint64_t timeout, precision;
      uint16_t flags;
    } clock;
    uint32_t fd;
  } u;
} subscription;
_Static_assert(sizeof(subscription) == 56, "as in its witx");

typedef struct {
  uint64_t userdata;
  uint16_t error;
  uint8_t type;
  uint64_t bytes;
  uint16_t flags;
} event;
_Static_assert(sizeof(event) == 32, "as in its witx");

/* Which bytes of `size` a call wrote, which were all 0xAA before: up to the last of them. */
static int written(const uint8_t *bytes, int size) {
  while (size > 0 && bytes[size - 1] == 0xAA) --size;
  return size;
}

static void say_lists(void) {
  uint32_t count = 9, size = 9;
  printf("args_sizes_get %d %u %u\\n", unstable_args_sizes_get(&count, &size), count, size);
  printf("args_get %d\\n", unstable_args_get(NULL, NULL));
  int error = unstable_environ_sizes_get(&count, &size);
  char *entries[4] = {0}, text[64] = {0};
  printf("environ %d %u %u", error, count, size);
  error = unstable_environ_get(entries, text);
  printf(" %d %s\\n", error, entries[0] != NULL ? entries[0] : "none");
}

static void say_time(void) {
  uint64_t resolution = 0, time = 0, bytes[2] = {0, 0};
  printf("clock_res_get %d %llu\\n", unstable_clock_res_get(MONOTONIC, &resolution), resolution);
  int error = unstable_clock_time_get(0, 1, &time);
  printf("clock_time_get %d %d\\n", error, time > 0);
  error = unstable_random_get(bytes, sizeof bytes);
  printf("random_get %d %d\\n", error, bytes[0] != bytes[1]);
  printf("sched_yield %d\\n", unstable_sched_yield());
}

static void say_streams(void) {
  uint8_t stat[80];
  uint64_t place = 0;
  memset(stat, 0xAA, sizeof stat);
  int error = unstable_fd_fdstat_get(1, stat);
  printf("fd_fdstat_get %d %d\\n", error, written(stat, sizeof stat));
  memset(stat, 0xAA, sizeof stat);
  error = unstable_fd_filestat_get(1, stat);
  uint32_t links;
  memcpy(&links, stat + 20, sizeof links);
  printf("fd_filestat_get %d %d links=%u\\n", error, written(stat, sizeof stat), links);
  printf("fd_fdstat_set_flags %d\\n", unstable_fd_fdstat_set_flags(1, 4));
  printf("fd_fdstat_set_rights %d\\n", unstable_fd_fdstat_set_rights(1, 64, 0));
  printf("fd_sync %d fd_datasync %d\\n", unstable_fd_sync(1), unstable_fd_datasync(1));
  printf("fd_seek %d fd_tell %d\\n", unstable_fd_seek(1, 0, SEEK_CURRENT, &place), unstable_fd_tell(1, &place));
  printf("fd_renumber %d\\n", unstable_fd_renumber(0, 0));
  printf("fd_prestat_get %d\\n", unstable_fd_prestat_get(3, stat));
  uint32_t opened = 0;
  printf("path_open %d\\n", unstable_path_open(3, 0, "a", 1, 0, 2, 2, 0, &opened));
}

/* A clock that is due at once, one that is far away, and a stream. */
static void say_poll(void) {
  subscription subscriptions[3] = {{.userdata = 11}, {.userdata = 12}, {.userdata = 13, .type = FD_WRITE}};
  event events[3] = {0};
  uint32_t ready = 0;
  for (int i = 0; i < 2; ++i) {
    subscriptions[i].u.clock.identifier = UINT64_MAX;
    subscriptions[i].u.clock.clock = MONOTONIC;
  }
  subscriptions[1].u.clock.timeout = 3600ULL * 1000 * MILLISECOND;
  subscriptions[2].u.fd = 1;
  const int error = unstable_poll_oneoff(subscriptions, events, 3, &ready);
  printf("poll_oneoff %d %u", error, ready);
  for (uint32_t i = 0; i < ready && i < 3; ++i) {
    printf(" %llu/%d/%d", events[i].userdata, events[i].type, events[i].error);
  }
  subscriptions[0].u.clock.timeout = MILLISECOND;
  const int slept = unstable_poll_oneoff(subscriptions, events, 1, &ready);
  printf(" slept %d %u\\n", slept, ready);
}

/* Reads the input by preview 0. */
static size_t read_all(char *text, size_t room) {
  uint32_t size = 0, all = 0;
  do {
    const vector rest = {text + all, (uint32_t)room - all};
    if (unstable_fd_read(0, &rest, 1, &size) != 0) break;
    all += size;
  } while (size > 0);
  return all;
}

int main(void) {
  static char input[4096];
  const size_t size = read_all(input, sizeof input);
  printf("{\"data\":\"fd_read %d\\n", size > 0 && input[0] == '{' && input[size - 1] == '}');
  say_lists();
  say_time();
  say_streams();
  say_poll();
  fflush(stdout);
  uint32_t count = 0;
  const char end[] = "fd_write\",\"headers\":{\"content-type\":\"text/plain\"},\"status\":200,\"kv\":{}}";
  const vector vectors[2] = {{end, 8}, {end + 8, sizeof end - 1 - 8}};
  unstable_fd_write(1, vectors, 2, &count);
  /* Closed: what is written now is nowhere. */
  if (unstable_fd_close(1) != 0 || unstable_fd_write(1, vectors, 2, &count) != 8) unstable_proc_exit(1);
  unstable_proc_exit(0);
}
