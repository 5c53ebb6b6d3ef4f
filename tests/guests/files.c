// A CGI program that does to files what the lines of its body say, one call each, and answers each with a line: "ok"
// and what came of it, or "err" and the number of the error in WASI. Words are divided by blanks; %XX stands for a byte.
//
// With libc: open FLAGS PATH, read FD N, pread FD N AT, write FD TEXT, pwrite FD TEXT AT, seek FD AT set|cur|end,
// close FD, renumber FD FD, stat PATH, lstat PATH, fstat FD, size FD N, allocate FD AT N, advise FD, sync FD, datasync FD,
// mkdir PATH, rmdir PATH, unlink PATH, rename PATH PATH, link PATH PATH, symlink TARGET PATH, readlink PATH,
// list PATH, empty PATH, times PATH SECONDS, utime FD SECONDS, append FD on|off, flags FD, fill FD N, check FD N,
// spin, sleep MS.
// By descriptor and as WASI has it, whatever the path is: @open FD OFLAGS RIGHTS FOLLOW PATH, @stat FD FOLLOW PATH,
// @mkdir FD PATH, @rmdir FD PATH, @unlink FD PATH, @rename FD PATH FD PATH, @link FD FOLLOW PATH FD PATH,
// @symlink TARGET FD PATH, @readlink FD PATH, @times FD FOLLOW PATH, @prestat FD, @list FD COOKIE SIZE,
// @read FD ADDRESS COUNT RESULT, @walk FD SIZE (a whole folder through a buffer of that size), @poll FD,
// @stamps FD ACCESS MODIFICATION FSTFLAGS (and then what they are), @print FD PATH TEXT (standard output is
// put aside under that number, and comes back when TEXT was printed to what is opened in its place).
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wasi/api.h>

enum { WORDS = 8, LINE = 1 << 17 };
static char line[LINE];
static char block[1 << 16];
static char *word[WORDS];

static void unescape(char *text) {
  char *to = text;
  for (; *text; ++text) {
    unsigned byte;
    if (*text == '%' && sscanf(text + 1, "%2x", &byte) == 1) {
      *to++ = (char)byte;
      text += 2;
    } else {
      *to++ = *text;
    }
  }
  *to = 0;
}

static int split(void) {
  int count = 0;
  for (char *at = strtok(line, " \n"); at && count < WORDS; at = strtok(NULL, " \n")) word[count++] = at;
  for (int i = 0; i < count; ++i) unescape(word[i]);
  return count;
}

/* The numbers of libc are those of WASI here. */
static void say(int error) {
  if (error) {
    printf("err %d\n", error);
  } else {
    printf("ok\n");
  }
}

static void say_number(long long number) {
  if (number < 0) {
    say(errno);
  } else {
    printf("ok %lld\n", number);
  }
}

static long long number(int place) { return word[place] ? atoll(word[place]) : 0; }
static int is(const char *name) { return strcmp(word[0], name) == 0; }

static void say_stat(int outcome, const struct stat *stat) {
  if (outcome) return say(errno);
  const char *kind = S_ISREG(stat->st_mode) ? "file" : S_ISDIR(stat->st_mode) ? "dir" : S_ISLNK(stat->st_mode) ? "link" : "other";
  printf("ok %s size=%lld links=%lld mtime=%lld\n", kind, (long long)stat->st_size, (long long)stat->st_nlink,
         (long long)stat->st_mtim.tv_sec);
}

static int open_flags(const char *letters) {
  int flags = strchr(letters, 'w') ? (strchr(letters, 'r') ? O_RDWR : O_WRONLY) : O_RDONLY;
  for (; *letters; ++letters) {
    switch (*letters) {
      case 'a': flags |= O_APPEND; break;
      case 'c': flags |= O_CREAT; break;
      case 'x': flags |= O_EXCL; break;
      case 't': flags |= O_TRUNC; break;
      case 'd': flags |= O_DIRECTORY; break;
      case 'n': flags |= O_NOFOLLOW; break;
      case 'k': flags |= O_NONBLOCK; break;
      case 's': flags |= O_SYNC; break;
      case 'y': flags |= O_DSYNC; break;
    }
  }
  return flags;
}

static void say_bytes(ssize_t count, const char *bytes) {
  if (count < 0) return say(errno);
  printf("ok %zd ", count);
  fwrite(bytes, 1, count < 200 ? count : 200, stdout);
  printf("\n");
}

static void list(const char *path, int remove) {
  DIR *folder = opendir(path);
  if (!folder) return say(errno);
  struct dirent *entry;
  int count = 0, removed = 0;
  char first[256] = "";
  errno = 0;
  while ((entry = readdir(folder))) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if (count++ < 8) {
      strncat(first, " ", sizeof first - strlen(first) - 1);
      strncat(first, entry->d_name, sizeof first - strlen(first) - 1);
    }
    if (remove && unlinkat(dirfd(folder), entry->d_name, 0) == 0) ++removed;
  }
  int error = errno;
  closedir(folder);
  if (error && !remove) return say(error);
  printf("ok %d %d%s\n", count, removed, first);
}

/* A pattern that differs at each place. */
static unsigned char pattern(long long place) { return (unsigned char)(place * 31 + (place >> 8)); }

static void fill(int fd, long long count) {
  for (long long done = 0; done < count;) {
    size_t size = count - done < (long long)sizeof block ? (size_t)(count - done) : sizeof block;
    for (size_t i = 0; i < size; ++i) block[i] = (char)pattern(done + (long long)i);
    ssize_t written = write(fd, block, size);
    if (written <= 0) return say(errno);
    done += written;
  }
  printf("ok %lld\n", count);
}

static void check(int fd, long long step) {
  long long place = 0;
  ssize_t size;
  while ((size = read(fd, block, step < (long long)sizeof block ? (size_t)step : sizeof block)) > 0) {
    for (ssize_t i = 0; i < size; ++i) {
      if ((unsigned char)block[i] != pattern(place + i)) {
        printf("wrong at %lld\n", place + i);
        return;
      }
    }
    place += size;
  }
  if (size < 0) return say(errno);
  printf("ok %lld\n", place);
}

static void with_libc(void) {
  struct stat stat_;
  if (is("open")) say_number(open(word[2], open_flags(word[1]), 0666));
  else if (is("read")) say_bytes(read((int)number(1), block, number(2)), block);
  else if (is("pread")) say_bytes(pread((int)number(1), block, number(2), number(3)), block);
  else if (is("write")) say_number(write((int)number(1), word[2], strlen(word[2])));
  else if (is("pwrite")) say_number(pwrite((int)number(1), word[2], strlen(word[2]), number(3)));
  else if (is("seek"))
    say_number(lseek((int)number(1), number(2), strcmp(word[3], "set") == 0 ? SEEK_SET : strcmp(word[3], "cur") == 0 ? SEEK_CUR : SEEK_END));
  else if (is("close")) say(close((int)number(1)) ? errno : 0);
  else if (is("renumber")) say(__wasi_fd_renumber((int)number(1), (int)number(2)));
  else if (is("stat")) say_stat(stat(word[1], &stat_), &stat_);
  else if (is("lstat")) say_stat(lstat(word[1], &stat_), &stat_);
  else if (is("fstat")) say_stat(fstat((int)number(1), &stat_), &stat_);
  else if (is("size")) say(ftruncate((int)number(1), number(2)) ? errno : 0);
  else if (is("allocate")) say(posix_fallocate((int)number(1), number(2), number(3)));
  else if (is("advise")) say(posix_fadvise((int)number(1), 0, 0, POSIX_FADV_SEQUENTIAL));
  else if (is("sync")) say(fsync((int)number(1)) ? errno : 0);
  else if (is("datasync")) say(fdatasync((int)number(1)) ? errno : 0);
  else if (is("mkdir")) say(mkdir(word[1], 0777) ? errno : 0);
  else if (is("rmdir")) say(rmdir(word[1]) ? errno : 0);
  else if (is("unlink")) say(unlink(word[1]) ? errno : 0);
  else if (is("rename")) say(rename(word[1], word[2]) ? errno : 0);
  else if (is("link")) say(link(word[1], word[2]) ? errno : 0);
  else if (is("symlink")) say(symlink(word[1], word[2]) ? errno : 0);
  else if (is("readlink")) say_bytes(readlink(word[1], block, sizeof block), block);
  else if (is("list")) list(word[1], 0);
  else if (is("empty")) list(word[1], 1);
  else if (is("times") || is("utime")) {
    struct timespec times[2] = {{number(2), 0}, {number(2), 0}};
    int outcome = is("times") ? utimensat(AT_FDCWD, word[1], times, 0) : futimens((int)number(1), times);
    say(outcome ? errno : 0);
  } else if (is("append"))
    say(fcntl((int)number(1), F_SETFL, strcmp(word[2], "on") == 0 ? O_APPEND : 0) ? errno : 0);
  else if (is("flags")) {
    int flags = fcntl((int)number(1), F_GETFL);
    if (flags < 0) return say(errno);
    printf("ok %s%s\n", (flags & O_RDWR) == O_RDWR ? "rw" : (flags & O_WRONLY) == O_WRONLY ? "w" : "r",
           flags & O_APPEND ? "a" : "");
  } else if (is("fill")) fill((int)number(1), number(2));
  else if (is("check")) check((int)number(1), number(2));
  else if (is("spin")) for (volatile int i = 0;; ++i) {}
  else if (is("sleep")) { usleep((useconds_t)number(1) * 1000); printf("ok\n"); }
  else printf("what?\n");
}

/* Names beside "." and "..", and reads; each name begins with a number that is counted once. */
static void walk(int fd, size_t size) {
  static unsigned char seen[1 << 16];
  memset(seen, 0, sizeof seen);
  char *const listed = malloc(size);
  uint64_t cookie = 0;
  int names = 0, twice = 0, reads = 0;
  __wasi_size_t used = (__wasi_size_t)size;
  while (used == size) {
    __wasi_errno_t error = __wasi_fd_readdir(fd, (uint8_t *)listed, size, cookie, &used);
    if (error) return say(error);
    ++reads;
    const uint64_t before = cookie;
    for (size_t at = 0; at + sizeof(__wasi_dirent_t) <= used;) {
      __wasi_dirent_t entry;
      memcpy(&entry, listed + at, sizeof entry);
      char name[256] = "";
      const size_t end = at + sizeof entry + entry.d_namlen;
      if (end > used || entry.d_namlen >= sizeof name) break;
      memcpy(name, listed + at + sizeof entry, entry.d_namlen);
      at = end;
      cookie = entry.d_next;
      if (name[0] == '.') continue;
      ++names;
      if (seen[atoi(name) & 0xFFFF]++) ++twice;
    }
    if (used == size && cookie == before) return (void)printf("too small\n");
  }
  printf("ok %d %d %s\n", names, twice, reads > 1 ? "parts" : "whole");
}

static void poll_file(int fd) {
  __wasi_subscription_t wanted[2] = {{.userdata = 7}, {.userdata = 8}};
  wanted[0].u.tag = __WASI_EVENTTYPE_FD_READ;
  wanted[0].u.u.fd_read.file_descriptor = fd;
  wanted[1].u.tag = __WASI_EVENTTYPE_FD_WRITE;
  wanted[1].u.u.fd_write.file_descriptor = fd;
  __wasi_event_t events[2];
  __wasi_size_t count = 0;
  __wasi_errno_t error = __wasi_poll_oneoff(wanted, events, 2, &count);
  if (error) return say(error);
  printf("ok %d", (int)count);
  for (__wasi_size_t i = 0; i < count; ++i) printf(" %d:%d:%d", (int)events[i].userdata, events[i].type, events[i].error);
  printf("\n");
}

static void with_wasi(void) {
  __wasi_fd_t fd = 0;
  __wasi_size_t size = 0;
  if (is("@open")) {
    __wasi_errno_t error = __wasi_path_open((int)number(1), (uint32_t)number(4), word[5], (uint16_t)number(2), (uint64_t)number(3), ~0ull >> 35, 0, &fd);
    if (error) return say(error);
    printf("ok %d\n", fd);
  } else if (is("@stat")) {
    __wasi_filestat_t stat;
    __wasi_errno_t error = __wasi_path_filestat_get((int)number(1), (uint32_t)number(2), word[3], &stat);
    if (error) return say(error);
    printf("ok %d size=%llu\n", stat.filetype, (unsigned long long)stat.size);
  } else if (is("@mkdir")) say(__wasi_path_create_directory((int)number(1), word[2]));
  else if (is("@rmdir")) say(__wasi_path_remove_directory((int)number(1), word[2]));
  else if (is("@unlink")) say(__wasi_path_unlink_file((int)number(1), word[2]));
  else if (is("@rename")) say(__wasi_path_rename((int)number(1), word[2], (int)number(3), word[4]));
  else if (is("@link")) say(__wasi_path_link((int)number(1), (uint32_t)number(2), word[3], (int)number(4), word[5]));
  else if (is("@symlink")) say(__wasi_path_symlink(word[1], (int)number(2), word[3]));
  else if (is("@readlink")) {
    __wasi_errno_t error = __wasi_path_readlink((int)number(1), word[2], (uint8_t *)block, sizeof block, &size);
    if (error) return say(error);
    say_bytes(size, block);
  } else if (is("@times")) say(__wasi_path_filestat_set_times((int)number(1), (uint32_t)number(2), word[3], 1, 1, 5));
  else if (is("@prestat")) {
    __wasi_prestat_t stat;
    __wasi_errno_t error = __wasi_fd_prestat_get((int)number(1), &stat);
    if (error) return say(error);
    size = stat.u.dir.pr_name_len;
    if ((error = __wasi_fd_prestat_dir_name((int)number(1), (uint8_t *)block, size))) return say(error);
    say_bytes(size, block);
  } else if (is("@list")) {
    __wasi_errno_t error = __wasi_fd_readdir((int)number(1), (uint8_t *)block, (size_t)number(3), (uint64_t)number(2), &size);
    if (error) return say(error);
    printf("ok %zu\n", (size_t)size);
  } else if (is("@walk")) {
    walk((int)number(1), (size_t)number(2));
  } else if (is("@poll")) {
    poll_file((int)number(1));
  } else if (is("@stamps")) {
    __wasi_filestat_t stat;
    __wasi_errno_t error = __wasi_fd_filestat_set_times((int)number(1), (uint64_t)number(2), (uint64_t)number(3), (uint16_t)number(4));
    if (!error) error = __wasi_fd_filestat_get((int)number(1), &stat);
    if (error) return say(error);
    printf("ok %llu %llu\n", (unsigned long long)stat.atim, (unsigned long long)stat.mtim);
  } else if (is("@print")) {
    const int aside = (int)number(1);
    fflush(stdout);
    __wasi_errno_t error = __wasi_fd_renumber(1, aside);
    if (error) return say(error);
    const int file = open(word[2], O_WRONLY | O_CREAT, 0666);
    printf("%s", word[3]);
    fflush(stdout);
    error = __wasi_fd_renumber(aside, 1);
    printf("ok %d %d\n", file, error);
  } else if (is("@read")) {
    say(__wasi_fd_read((int)number(1), (const __wasi_iovec_t *)(uintptr_t)number(2), (size_t)number(3), (__wasi_size_t *)(uintptr_t)number(4)));
  } else printf("what?\n");
}

int main(void) {
  printf("Content-Type: text/plain\n\n");
  while (fgets(line, sizeof line, stdin)) {
    memset(word, 0, sizeof word);
    if (split() == 0) continue;
    if (word[0][0] == '@') with_wasi();
    else with_libc();
  }
  return 0;
}
