// What a message to another process and its answer cost on this machine at the least: two processes with
// nothing else to do, each of which waits by epoll for its end of a socket pair. Prints the median in
// microseconds (bench/kv).
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { kRounds = 20000, kSize = 24 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int compare(const void* a, const void* b) {
  const double x = *(const double*)a, y = *(const double*)b;
  return (x > y) - (x < y);
}

static int watch(int socket) {
  const int loop = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN};
  epoll_ctl(loop, EPOLL_CTL_ADD, socket, &event);
  return loop;
}

static ssize_t take(int loop, int socket, char* bytes) {
  struct epoll_event event;
  while (epoll_wait(loop, &event, 1, -1) < 1) {
  }
  return recv(socket, bytes, kSize, MSG_DONTWAIT);
}

int main(void) {
  int ends[2];
  char bytes[kSize] = {0};
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 1;
  const pid_t child = fork();
  if (child < 0) return 1;
  close(ends[child == 0 ? 0 : 1]);
  const int socket = ends[child == 0 ? 1 : 0];
  const int loop = watch(socket);
  if (child == 0) {
    while (take(loop, socket, bytes) > 0) send(socket, bytes, kSize, MSG_NOSIGNAL);
    return 0;
  }
  static double took[kRounds];
  for (int i = 0; i < kRounds; ++i) {
    const double began = now();
    if (send(socket, bytes, kSize, MSG_NOSIGNAL) != kSize || take(loop, socket, bytes) <= 0) return 1;
    took[i] = now() - began;
  }
  qsort(took, kRounds, sizeof *took, compare);
  printf("%.1f\n", took[kRounds / 2]);
  return 0;
}
