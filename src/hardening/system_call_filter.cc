#include "hardening/system_call_filter.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/beneath.h"
#include "base/file.h"

namespace wws::hardening {
namespace {

/// PAGEMAP_SCAN of linux/fs.h, newer than Debian 12's headers: how the engine finds what a guest wrote.
constexpr std::uint32_t kPagemapScan = 0xC0606610;

/// Memory, time, own signals, and reading and writing what is open. What the C and C++ libraries need for
/// an orderly abort() is here too.
constexpr std::array kBasics = {
    SCMP_SYS(brk),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(close),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(fstat),
    SCMP_SYS(futex),
    SCMP_SYS(getpid),
    SCMP_SYS(getrandom),
    SCMP_SYS(gettid),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(lseek),
    SCMP_SYS(madvise),
    SCMP_SYS(membarrier),  // the engine, on aarch64, when it maps code
    SCMP_SYS(mmap),        // with PROT_EXEC: modules are mapped at their first use
    SCMP_SYS(mprotect),
    SCMP_SYS(mremap),
    SCMP_SYS(munmap),
    SCMP_SYS(newfstatat),  // glibc's fstat(); on paths it tells sizes and times, not content
    SCMP_SYS(pread64),
    SCMP_SYS(read),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(statx),
    SCMP_SYS(time),
    SCMP_SYS(write),
    SCMP_SYS(writev),
};

constexpr std::array kEvents = {
    SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_wait),
    SCMP_SYS(poll),      SCMP_SYS(ppoll),       SCMP_SYS(timerfd_settime),
};

/// Of connections and of the supervisor's channel. Those that change a socket are below.
constexpr std::array kConnections = {
    SCMP_SYS(accept4),  SCMP_SYS(getpeername), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg),
    SCMP_SYS(sendfile), SCMP_SYS(sendmsg),     SCMP_SYS(sendto),
};

/// Of sockets that a process was given.
constexpr std::array kLinks = {SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(sendto)};

/// Of connections to other machines: their state, and ends of links too. Nothing is bound or listens. libcurl
/// looks at a single socket by poll().
constexpr std::array kRequests = {
    SCMP_SYS(connect),  SCMP_SYS(getpeername), SCMP_SYS(getsockname), SCMP_SYS(getsockopt),
    SCMP_SYS(recvfrom), SCMP_SYS(recvmsg),     SCMP_SYS(sendmsg),     SCMP_SYS(sendto),
    SCMP_SYS(shutdown), SCMP_SYS(poll),        SCMP_SYS(ppoll),
};

/// Of files that were opened before. Locks were taken by then; asking for them again must not fail oddly. The
/// last two are of a thread that is on its way to its first line.
constexpr std::array kDatabase = {
    SCMP_SYS(fallocate), SCMP_SYS(fdatasync), SCMP_SYS(fsync), SCMP_SYS(ftruncate),       SCMP_SYS(geteuid),
    SCMP_SYS(pwrite64),  SCMP_SYS(pwritev2),  SCMP_SYS(rseq),  SCMP_SYS(set_robust_list),
};

/// The last two are of threads that are on their way to their first line.
constexpr std::array kOutgoing = {
    SCMP_SYS(connect),    SCMP_SYS(getpeername), SCMP_SYS(getsockname),
    SCMP_SYS(getsockopt), SCMP_SYS(rseq),        SCMP_SYS(set_robust_list),
};

/// What is done to files for guests. Modes and owners are not among it. The last two are as above.
constexpr std::array kMounts = {
    SCMP_SYS(fadvise64), SCMP_SYS(fallocate),       SCMP_SYS(fdatasync),  SCMP_SYS(fsync),
    SCMP_SYS(ftruncate), SCMP_SYS(getdents64),      SCMP_SYS(linkat),     SCMP_SYS(mkdirat),
    SCMP_SYS(openat2),   SCMP_SYS(pwrite64),        SCMP_SYS(readlinkat), SCMP_SYS(renameat),
    SCMP_SYS(renameat2), SCMP_SYS(symlinkat),       SCMP_SYS(unlinkat),   SCMP_SYS(utimensat),
    SCMP_SYS(rseq),      SCMP_SYS(set_robust_list),
};

constexpr std::array kGuests = {SCMP_SYS(timer_delete), SCMP_SYS(timer_settime)};

/// What no child of ours does, in no library and on no path: whoever makes these runs code of their own.
constexpr std::array kDeadly = {
    SCMP_SYS(acct),
    SCMP_SYS(add_key),
    SCMP_SYS(adjtimex),
    SCMP_SYS(bpf),
    SCMP_SYS(capset),
    SCMP_SYS(chroot),
    SCMP_SYS(clock_adjtime),
    SCMP_SYS(clock_settime),
    SCMP_SYS(delete_module),
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(finit_module),
    SCMP_SYS(fsconfig),
    SCMP_SYS(fsmount),
    SCMP_SYS(fsopen),
    SCMP_SYS(fspick),
    SCMP_SYS(init_module),
    SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(ioperm),
    SCMP_SYS(iopl),
    SCMP_SYS(kcmp),
    SCMP_SYS(kexec_file_load),
    SCMP_SYS(kexec_load),
    SCMP_SYS(keyctl),
    SCMP_SYS(modify_ldt),
    SCMP_SYS(mount),
    SCMP_SYS(mount_setattr),
    SCMP_SYS(move_mount),
    SCMP_SYS(name_to_handle_at),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(open_tree),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(personality),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(pidfd_open),
    SCMP_SYS(pivot_root),
    SCMP_SYS(process_madvise),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(ptrace),
    SCMP_SYS(quotactl),
    SCMP_SYS(reboot),
    SCMP_SYS(request_key),
    SCMP_SYS(setdomainname),
    SCMP_SYS(setfsgid),
    SCMP_SYS(setfsuid),
    SCMP_SYS(setgid),
    SCMP_SYS(setgroups),
    SCMP_SYS(sethostname),
    SCMP_SYS(setns),
    SCMP_SYS(setregid),
    SCMP_SYS(setresgid),
    SCMP_SYS(setresuid),
    SCMP_SYS(setreuid),
    SCMP_SYS(settimeofday),
    SCMP_SYS(setuid),
    SCMP_SYS(swapoff),
    SCMP_SYS(swapon),
    SCMP_SYS(umount2),
    SCMP_SYS(unshare),
    SCMP_SYS(userfaultfd),
};

/// One argument has this value. The kernel takes all that are compared here as 32 bits, whatever the
/// upper half of the register holds.
scmp_arg_cmp argument(unsigned index, std::uint32_t value) {
  return {index, SCMP_CMP_MASKED_EQ, 0xFFFF'FFFF, value};
}

std::unexpected<Error> failed(int error) {
  return fail(ErrorCode::kIo, "the system call filter cannot be had: " + base::errno_text(error));
}

/// A filter while it is put together. The first failure is kept for load().
class Filter {
 public:
  Filter() : context_(seccomp_init(SCMP_ACT_ERRNO(EPERM))), error_(context_ ? 0 : -ENOMEM) {
    set(SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    set(SCMP_FLTATR_CTL_OPTIMIZE, 2);  // a tree instead of a list
    set(SCMP_FLTATR_API_SYSRAWRC, 1);  // failures as the kernel's own numbers
    set(SCMP_FLTATR_CTL_TSYNC, 1);     // also for threads that are there already
  }

  void allow(int call) { add(SCMP_ACT_ALLOW, call, {}); }
  void allow(std::span<const int> calls) {
    for (const int call : calls) allow(call);
  }
  void allow_if(int call, const std::vector<scmp_arg_cmp>& arguments) {
    add(SCMP_ACT_ALLOW, call, arguments);
  }
  void refuse(int call, std::uint16_t error) { add(SCMP_ACT_ERRNO(error), call, {}); }
  void kill(int call) { add(SCMP_ACT_KILL_PROCESS, call, {}); }

  [[nodiscard]] Result<void> load() {
    if (error_ == 0) error_ = seccomp_load(context_.get());
    if (error_ != 0) return failed(-error_);
    return {};
  }

 private:
  struct Release {
    void operator()(void* context) const noexcept { seccomp_release(context); }
  };

  void set(scmp_filter_attr attribute, std::uint32_t value) {
    if (error_ == 0) error_ = seccomp_attr_set(context_.get(), attribute, value);
  }
  void add(std::uint32_t action, int call, const std::vector<scmp_arg_cmp>& arguments) {
    if (error_ != 0) return;
    error_ = seccomp_rule_add_array(context_.get(), action, call, static_cast<unsigned>(arguments.size()),
                                    arguments.data());
  }

  std::unique_ptr<void, Release> context_;
  int error_;
};

scmp_arg_cmp command(int number) { return argument(1, static_cast<std::uint32_t>(number)); }

/// Allows a call whose first argument is a descriptor from kSharedDescriptors on. A rule compares an argument
/// once and all 64 bits of it, of which the kernel takes 32: so a rule for each bit that such a number may
/// have.
void allow_on_own(Filter& filter, int call, std::vector<scmp_arg_cmp> others = {}) {
  constexpr std::uint64_t kBeyond = std::uint64_t{1} << 21;  // more than a process has
  static_assert((kSharedDescriptors & (kSharedDescriptors - 1)) == 0, "a power of two");
  others.insert(others.begin(), scmp_arg_cmp{});
  for (std::uint64_t bit = kSharedDescriptors; bit < kBeyond; bit <<= 1) {
    others.front() = {0, SCMP_CMP_MASKED_EQ, bit, bit};
    filter.allow_if(call, others);
  }
}

/// abort() and raise().
void allow_signals_to_itself(Filter& filter) {
  const auto self = static_cast<std::uint32_t>(getpid());
  filter.allow_if(SCMP_SYS(kill), {argument(0, self)});
  filter.allow_if(SCMP_SYS(tgkill), {argument(0, self)});
}

/// Where openat2 is refused, files of public/ are opened step by step (base/beneath.h).
void allow_reading_step_by_step(Filter& filter) {
  constexpr std::uint32_t kChanging = O_ACCMODE | O_CREAT | O_TRUNC | (O_TMPFILE & ~O_DIRECTORY);
  filter.allow_if(SCMP_SYS(openat), {{2, SCMP_CMP_MASKED_EQ, kChanging, O_RDONLY}});
  filter.allow(SCMP_SYS(readlinkat));
}

void allow_basics(Filter& filter) {
  filter.allow(kBasics);
  for (const int number : {F_GETFD, F_SETFD, F_GETFL}) filter.allow_if(SCMP_SYS(fcntl), {command(number)});
  allow_signals_to_itself(filter);
}

/// A listening socket is one for all processes: shut down, set to block or to linger by one of them, it is so
/// for all.
void allow_connections(Filter& filter) {
  filter.allow(kConnections);
  filter.allow_if(SCMP_SYS(ioctl), {argument(1, SIOCOUTQ)});
  allow_on_own(filter, SCMP_SYS(shutdown));
  allow_on_own(filter, SCMP_SYS(ioctl), {command(FIONBIO)});
  allow_on_own(filter, SCMP_SYS(fcntl), {command(F_SETFL)});
  allow_on_own(filter, SCMP_SYS(fcntl), {command(F_DUPFD_CLOEXEC)});
  allow_on_own(filter, SCMP_SYS(dup));
  allow_on_own(filter, SCMP_SYS(setsockopt), {argument(1, IPPROTO_TCP), argument(2, TCP_NODELAY)});
  allow_on_own(filter, SCMP_SYS(setsockopt), {argument(1, SOL_SOCKET), argument(2, SO_LINGER)});
}

/// A socket of the Internet and of nothing else: no kernel interface, no service of this machine by its file.
void allow_sockets(Filter& filter, std::uint32_t type) {
  constexpr std::uint64_t kFlags = SOCK_CLOEXEC | SOCK_NONBLOCK;
  for (const std::uint32_t family : {AF_INET, AF_INET6})
    filter.allow_if(SCMP_SYS(socket),
                    {argument(0, family), {1, SCMP_CMP_MASKED_EQ, 0xFFFF'FFFF & ~kFlags, type}});
}

/// Those who have this have no socket that others listen on.
void allow_outgoing(Filter& filter) {
  allow_sockets(filter, SOCK_STREAM);
  filter.allow(kOutgoing);
  filter.allow(SCMP_SYS(shutdown));
  filter.allow_if(SCMP_SYS(setsockopt), {argument(1, IPPROTO_TCP), argument(2, TCP_NODELAY)});
}

/// The C library's resolver: its configuration and libraries are files that change, and it asks by UDP.
void allow_names(Filter& filter) {
  allow_sockets(filter, SOCK_DGRAM);
  filter.allow(SCMP_SYS(sendmmsg));
  filter.allow(SCMP_SYS(uname));
  filter.allow_if(SCMP_SYS(ioctl), {argument(1, FIONREAD)});
  filter.allow_if(SCMP_SYS(setsockopt), {argument(1, IPPROTO_IP), argument(2, IP_RECVERR)});
  filter.allow_if(SCMP_SYS(setsockopt), {argument(1, IPPROTO_IPV6), argument(2, IPV6_RECVERR)});
  allow_reading_step_by_step(filter);
}

/// TCP, and UDP for DNS: no socket of this machine's own services, none that sees what is not for it.
void allow_requests(Filter& filter) {
  constexpr std::uint32_t kKind = 0xF;  // beside it are flags
  filter.allow(kRequests);
  for (const int family : {AF_INET, AF_INET6}) {
    for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
      filter.allow_if(SCMP_SYS(socket), {argument(0, static_cast<std::uint32_t>(family)),
                                         {1, SCMP_CMP_MASKED_EQ, kKind, static_cast<std::uint64_t>(type)}});
    }
  }
  filter.allow_if(SCMP_SYS(setsockopt), {argument(1, IPPROTO_TCP), argument(2, TCP_NODELAY)});
  filter.allow_if(SCMP_SYS(fcntl), {command(F_SETFL)});
  filter.allow_if(SCMP_SYS(ioctl), {command(FIONBIO)});
}

void allow_group(Filter& filter, CallGroup group) {
  switch (group) {
    case CallGroup::kBasics:
      return allow_basics(filter);
    case CallGroup::kCopies:
      filter.allow(SCMP_SYS(dup));
      return filter.allow_if(SCMP_SYS(fcntl), {command(F_DUPFD_CLOEXEC)});
    case CallGroup::kEvents:
      return filter.allow(kEvents);
    case CallGroup::kConnections:
      return allow_connections(filter);
    case CallGroup::kLinks:
      filter.allow(kLinks);
      return filter.allow_if(SCMP_SYS(ioctl), {command(FIONBIO)});
    case CallGroup::kRequests:
      return allow_requests(filter);
    case CallGroup::kDatabase:
      filter.allow(kDatabase);
      for (const int number : {F_SETLK, F_GETLK}) filter.allow_if(SCMP_SYS(fcntl), {command(number)});
      return;
    case CallGroup::kFiles:
      // Takes its flags through a pointer, which a filter cannot follow: Landlock can.
      filter.allow(SCMP_SYS(openat2));
      if (base::available_resolver() == base::Resolver::kByHand) allow_reading_step_by_step(filter);
      return;
    case CallGroup::kOutgoing:
      return allow_outgoing(filter);
    case CallGroup::kNames:
      return allow_names(filter);
    case CallGroup::kMounts:
      filter.allow(kMounts);
      return filter.allow_if(SCMP_SYS(fcntl), {command(F_SETFL)});
    case CallGroup::kGuests:
      filter.allow(kGuests);
      // How often this thread had a page fault: whether a guest can have written to pages that are new.
      filter.allow_if(SCMP_SYS(getrusage), {argument(0, RUSAGE_THREAD)});
      return filter.allow_if(SCMP_SYS(ioctl), {argument(1, kPagemapScan)});
    case CallGroup::kSharedMemory:
      return filter.allow_if(SCMP_SYS(fcntl), {command(F_GET_SEALS)});
    case CallGroup::kNoMemoryFiles:
      // The engine would keep the first content of a memory in such a file, and copies it where there are
      // none.
      return filter.refuse(SCMP_SYS(memfd_create), ENOSYS);
  }
}

}  // namespace

Result<void> can_filter() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  // LeakSanitizer traces its own process from a thread at exit, and all of them map and sleep in ways of
  // their own: a list that lets them be would not be the list that is tested.
  return fail(ErrorCode::kIo, "system calls are not filtered in a build with sanitizers");
#else
  const std::uint32_t action = SECCOMP_RET_KILL_PROCESS;
  if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) != 0) return failed(errno);
  return {};
#endif
}

Result<void> filter_system_calls(std::span<const CallGroup> groups) {
  if (auto can = can_filter(); !can) return can;
  Filter filter;
  for (const CallGroup group : groups) allow_group(filter, group);
  for (const int call : kDeadly) filter.kill(call);
  return filter.load();
}

}  // namespace wws::hardening
