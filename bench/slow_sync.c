// A disk whose fdatasync takes longer: bench/slow_disk.py has a server preload this library. The time, in microseconds,
// is SLOW_SYNC_US. Children of wws get a short environment, so it hands itself on to them.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int fdatasync(int fd) {
  static int (*real)(int);
  static useconds_t more;
  if (!real) {
    const char* text = getenv("SLOW_SYNC_US");
    more = text ? (useconds_t)atoi(text) : 0;
    real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  }
  usleep(more);
  return real(fd);
}

typedef int Spawn(pid_t*, const char*, const posix_spawn_file_actions_t*, const posix_spawnattr_t*, char* const[],
                  char* const[]);

int posix_spawnp(pid_t* pid, const char* file, const posix_spawn_file_actions_t* actions,
                 const posix_spawnattr_t* attributes, char* const arguments[], char* const environment[]) {
  size_t count = 0;
  while (environment[count]) ++count;
  char** longer = calloc(count + 3, sizeof *longer);
  char preload[4096], time[64];
  snprintf(preload, sizeof preload, "LD_PRELOAD=%s", getenv("LD_PRELOAD"));
  snprintf(time, sizeof time, "SLOW_SYNC_US=%s", getenv("SLOW_SYNC_US"));
  for (size_t i = 0; i < count; ++i) longer[i] = environment[i];
  longer[count] = preload;
  longer[count + 1] = time;
  Spawn* real = (Spawn*)dlsym(RTLD_NEXT, "posix_spawnp");
  const int error = real(pid, file, actions, attributes, arguments, longer);
  free(longer);
  return error;
}
