// A disk whose fdatasync takes longer: bench/kv preloads this library. The time, in microseconds, is SLOW_SYNC_US.
#define _GNU_SOURCE
#include <dlfcn.h>
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
