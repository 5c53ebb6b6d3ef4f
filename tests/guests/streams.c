/* Uses its standard streams as programs seldom do, and answers one line for each thing that it tried. With
 * ?close=output it closes standard output before it has answered. */
#include <wasi/api.h>

#include "query.h"

enum { IN = 0, OUT = 1, ERR = 2, ELSEWHERE = 9 };

static int try_write(__wasi_fd_t fd, const char *text) {
  const __wasi_ciovec_t vector = {(const uint8_t *)text, strlen(text)};
  __wasi_size_t written = 0;
  return __wasi_fd_write(fd, &vector, 1, &written);
}

static int try_read(__wasi_fd_t fd) {
  uint8_t byte = 0;
  const __wasi_iovec_t vector = {&byte, 1};
  __wasi_size_t size = 0;
  return __wasi_fd_read(fd, &vector, 1, &size);
}

static void say_what_succeeds(void) {
  for (__wasi_fd_t fd = IN; fd <= ERR; ++fd) {
    printf("%u: fd_sync %d fd_datasync %d rights %d flags %d renumber %d\\n", fd, __wasi_fd_sync(fd),
           __wasi_fd_datasync(fd), __wasi_fd_fdstat_set_rights(fd, 0, 0), __wasi_fd_fdstat_set_flags(fd, 0),
           __wasi_fd_renumber(fd, fd));
  }
  printf("5: fd_sync %d fd_datasync %d rights %d renumber %d close %d\\n", __wasi_fd_sync(5), __wasi_fd_datasync(5),
         __wasi_fd_fdstat_set_rights(5, 0, 0), __wasi_fd_renumber(5, 5), __wasi_fd_close(5));
}

static void say_closed(__wasi_fd_t fd) {
  __wasi_fdstat_t fdstat;
  __wasi_filestat_t filestat;
  __wasi_filesize_t place = 0;
  const __wasi_subscription_t wanted = {.userdata = 1,
                                        .u = {.tag = __WASI_EVENTTYPE_FD_READ, .u.fd_read.file_descriptor = fd}};
  __wasi_event_t event = {0};
  __wasi_size_t ready = 0;
  const int polled = __wasi_poll_oneoff(&wanted, &event, 1, &ready);
  printf("closed %u: close %d read %d write %d sync %d fdstat %d filestat %d seek %d renumber %d poll %d/%d\\n", fd,
         __wasi_fd_close(fd), try_read(fd), try_write(fd, "lost"), __wasi_fd_sync(fd),
         __wasi_fd_fdstat_get(fd, &fdstat), __wasi_fd_filestat_get(fd, &filestat),
         __wasi_fd_seek(fd, 0, __WASI_WHENCE_CUR, &place), __wasi_fd_renumber(fd, OUT), polled, event.error);
}

int main(void) {
  size_t size = 0;
  const char *close = query_parameter(read_input(), "close", &size);
  if (close != NULL) return __wasi_fd_close(OUT);
  printf("{\"data\":\"");
  say_what_succeeds();
  printf("close input %d\\n", __wasi_fd_close(IN));
  say_closed(IN);
  printf("close errors %d\\n", __wasi_fd_close(ERR));
  say_closed(ERR);
  fflush(stdout);
  /* Standard output gets another number, and is all that is under it. */
  const int moved = __wasi_fd_renumber(OUT, ELSEWHERE);
  const int old = try_write(OUT, "lost");
  const int back = __wasi_fd_renumber(ELSEWHERE, OUT);
  printf("renumber %d %d %d beyond %d\\n", moved, old, back, __wasi_fd_renumber(OUT, 100000));
  printf("\",\"headers\":{\"content-type\":\"text/plain\"},\"status\":200,\"kv\":{}}");
  return 0;
}
