// The functions of wasi_snapshot_preview1, over WasiStdio.
#include <algorithm>
#include <array>
#include <optional>

#include "base/quantity.h"
#include "wasm/guest.h"
#include "wasm/wasi_preview1.h"
#include "wasm/wasi_stdio.h"

namespace wws::wasm {
namespace {

using wasi::ClockId;
using wasi::Errno;
using ErrnoResult = CallResult<Errno>;

constexpr std::uint32_t kStdin = 0;
constexpr std::uint32_t kStdout = 1;
constexpr std::uint32_t kStderr = 2;
/// As many vectors as writev takes on Linux.
constexpr std::uint32_t kMaxVectors = 1024;
constexpr std::uint32_t kMaxSubscriptions = 1024;
/// The thread is not given to others during a host call: a guest gets so many random bytes in one call, and
/// in all.
constexpr std::uint32_t kMaxRandomBytes = 1U << 20;
constexpr std::uint64_t kAllRandomBytes = 4U << 20;
/// Guests see time in steps of a millisecond: a fine clock is what timing attacks are made of.
constexpr std::uint64_t kClockStep = 1'000'000;

bool is_stdio(std::uint32_t fd) noexcept { return fd <= kStderr; }

// --- arguments and environment ---

ErrnoResult args_sizes_get(Guest&, GuestMemory memory, GuestAddress count, GuestAddress size) noexcept {
  const bool stored = memory.store<std::uint32_t>(count, 0) && memory.store<std::uint32_t>(size, 0);
  return stored ? Errno::kSuccess : Errno::kFault;
}

ErrnoResult args_get(Guest&, GuestMemory, GuestAddress, GuestAddress) noexcept { return Errno::kSuccess; }

ErrnoResult environ_sizes_get(Guest& guest, GuestMemory memory, GuestAddress count,
                              GuestAddress size) noexcept {
  std::uint32_t bytes = 0;
  for (const std::string& entry : guest.wasi().read_environment()) {
    bytes += static_cast<std::uint32_t>(entry.size() + 1);
  }
  const auto entries = static_cast<std::uint32_t>(guest.wasi().read_environment().size());
  return memory.store(count, entries) && memory.store(size, bytes) ? Errno::kSuccess : Errno::kFault;
}

ErrnoResult environ_get(Guest& guest, GuestMemory memory, GuestAddress pointers, GuestAddress text) noexcept {
  for (const std::string& entry : guest.wasi().read_environment()) {
    const std::string_view with_end(entry.c_str(), entry.size() + 1);
    if (!memory.store(pointers, text) || !memory.write(text, with_end)) return Errno::kFault;
    pointers = pointers + sizeof(std::uint32_t);
    text = text + static_cast<std::uint32_t>(with_end.size());
  }
  return Errno::kSuccess;
}

// --- clocks, random numbers, the process ---

/// Nanoseconds on one of the guest's clocks, in whole steps; nothing for a clock that is not there.
std::optional<std::uint64_t> read_clock(const Guest& guest, ClockId id) noexcept {
  const auto nanoseconds = [](auto since) {
    return static_cast<std::uint64_t>(since.count()) / kClockStep * kClockStep;
  };
  switch (id) {
    case ClockId::kRealtime:
      return nanoseconds(guest.clock().wall().time_since_epoch());
    case ClockId::kMonotonic:
      return nanoseconds(guest.clock().now().time_since_epoch());
    case ClockId::kProcessCpu:
    case ClockId::kThreadCpu:
      return nanoseconds(guest.cpu_time());
  }
  return std::nullopt;
}

ErrnoResult clock_res_get(Guest& guest, GuestMemory memory, ClockId id, GuestAddress result) noexcept {
  if (!read_clock(guest, id)) return Errno::kInval;
  return memory.store(result, kClockStep) ? Errno::kSuccess : Errno::kFault;
}

ErrnoResult clock_time_get(Guest& guest, GuestMemory memory, ClockId id, std::uint64_t,
                           GuestAddress result) noexcept {
  const auto time = read_clock(guest, id);
  if (!time) return Errno::kInval;
  return memory.store(result, *time) ? Errno::kSuccess : Errno::kFault;
}

ErrnoResult random_get(Guest& guest, GuestMemory memory, GuestAddress address, std::uint32_t size) noexcept {
  if (size > kMaxRandomBytes) return Errno::kInval;
  const auto target = memory.bytes(address, size);
  if (!target) return Errno::kFault;
  if (!guest.wasi().take_random(size, kAllRandomBytes)) return Errno::kAgain;
  return guest.random().fill(*target) ? Errno::kSuccess : Errno::kIo;
}

CallStatus proc_exit(Guest& guest, GuestMemory, std::uint32_t code) noexcept { return guest.exit(code); }

ErrnoResult proc_raise(Guest&, GuestMemory, std::uint32_t) noexcept { return Errno::kNosys; }

ErrnoResult sched_yield(Guest&, GuestMemory) noexcept { return Errno::kSuccess; }

// --- the standard streams ---

ErrnoResult fd_read(Guest& guest, GuestMemory memory, std::uint32_t fd, GuestAddress vectors,
                    std::uint32_t count, GuestAddress result) noexcept {
  if (fd != kStdin) return Errno::kBadf;
  if (count > kMaxVectors) return Errno::kInval;
  std::uint32_t total = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto vector = memory.load<wasi::Iovec>(vectors + i * sizeof(wasi::Iovec));
    if (!vector) return Errno::kFault;
    const auto target = memory.bytes(GuestAddress{vector->address}, vector->size);
    if (!target) return Errno::kFault;
    const std::string_view taken = guest.wasi().read_stdin(target->size());
    std::copy(taken.begin(), taken.end(), target->begin());
    total += static_cast<std::uint32_t>(taken.size());
    if (taken.size() < target->size()) break;
  }
  return memory.store(result, total) ? Errno::kSuccess : Errno::kFault;
}

ErrnoResult fd_write(Guest& guest, GuestMemory memory, std::uint32_t fd, GuestAddress vectors,
                     std::uint32_t count, GuestAddress result) noexcept {
  if (fd != kStdout && fd != kStderr) return Errno::kBadf;
  if (count > kMaxVectors) return Errno::kInval;
  std::uint32_t total = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto vector = memory.load<wasi::Iovec>(vectors + i * sizeof(wasi::Iovec));
    if (!vector) return Errno::kFault;
    const auto text = memory.text(GuestAddress{vector->address}, vector->size);
    if (!text) return Errno::kFault;
    if (fd == kStderr) {
      guest.wasi().write_stderr(*text);
    } else if (!guest.wasi().write_stdout(*text)) {
      return guest.stop(ErrorCode::kOutputLimit,
                        "wrote more than its output of " + base::format_size(guest.limits().output_bytes));
    }
    total += static_cast<std::uint32_t>(text->size());
  }
  return memory.store(result, total) ? Errno::kSuccess : Errno::kFault;
}

/// The C library takes a character device for a terminal and flushes every line: right for a log, which a
/// worker that traps would else not reach, and a waste for an answer.
std::uint8_t filetype_of(Guest& guest, std::uint32_t fd) noexcept {
  const bool is_log = fd == kStdout && guest.wasi().stdout_is_logged();
  return static_cast<std::uint8_t>(is_log ? wasi::Filetype::kCharacterDevice : wasi::Filetype::kUnknown);
}

ErrnoResult fd_fdstat_get(Guest& guest, GuestMemory memory, std::uint32_t fd, GuestAddress result) noexcept {
  if (!is_stdio(fd)) return Errno::kBadf;
  wasi::Fdstat stat{};
  stat.filetype = filetype_of(guest, fd);
  stat.rights_base = wasi::rights::kPollFdReadwrite | wasi::rights::kFdFdstatSetFlags |
                     (fd == kStdin ? wasi::rights::kFdRead : wasi::rights::kFdWrite);
  return memory.store(result, stat) ? Errno::kSuccess : Errno::kFault;
}

ErrnoResult fd_filestat_get(Guest& guest, GuestMemory memory, std::uint32_t fd,
                            GuestAddress result) noexcept {
  if (!is_stdio(fd)) return Errno::kBadf;
  wasi::Filestat stat{};
  stat.filetype = filetype_of(guest, fd);
  stat.link_count = 1;
  return memory.store(result, stat) ? Errno::kSuccess : Errno::kFault;
}

ErrnoResult fd_fdstat_set_flags(Guest&, GuestMemory, std::uint32_t fd, std::uint32_t) noexcept {
  return is_stdio(fd) ? Errno::kSuccess : Errno::kBadf;
}

ErrnoResult fd_close(Guest&, GuestMemory, std::uint32_t fd) noexcept {
  return is_stdio(fd) ? Errno::kSuccess : Errno::kBadf;
}

// --- poll ---

/// One look at a subscription: its event if it is ready, else when it will be.
struct Readiness {
  std::optional<wasi::Event> event;
  base::Instant when = base::Instant::max();
};

/// The moment at which a clock subscription fires, seen from the first call of this poll_oneoff.
base::Instant fire_time(const Guest& guest, const wasi::Subscription& subscription, base::Instant first) {
  const auto nanoseconds =
      static_cast<std::int64_t>(std::min<std::uint64_t>(subscription.clock.timeout, std::uint64_t{1} << 62));
  if ((subscription.clock.flags & wasi::kSubclockflagsAbstime) == 0) {
    const base::Duration longest = base::Instant::max() - first;
    return first + std::min(base::Duration(nanoseconds), longest);
  }
  const base::Duration now = ClockId{subscription.clock.id} == ClockId::kRealtime
                                 ? guest.clock().wall().time_since_epoch()
                                 : guest.clock().now().time_since_epoch();
  return guest.clock().now() + std::max(base::Duration(0), base::Duration(nanoseconds) - now);
}

Readiness look(const Guest& guest, const wasi::Subscription& subscription, base::Instant first) {
  wasi::Event event{};
  event.userdata = subscription.userdata;
  event.type = subscription.type;
  switch (wasi::Eventtype{subscription.type}) {
    case wasi::Eventtype::kClock: {
      if (!read_clock(guest, ClockId{subscription.clock.id})) {
        event.error = static_cast<std::uint16_t>(Errno::kInval);
        return {event};
      }
      const base::Instant when = fire_time(guest, subscription, first);
      if (when > guest.clock().now()) return {std::nullopt, when};
      return {event};
    }
    case wasi::Eventtype::kFdRead:
    case wasi::Eventtype::kFdWrite:
      // The standard streams are buffers: always ready.
      if (!is_stdio(subscription.fd)) event.error = static_cast<std::uint16_t>(Errno::kBadf);
      return {event};
  }
  event.error = static_cast<std::uint16_t>(Errno::kInval);
  return {event};
}

ErrnoResult poll_once(Guest& guest, GuestMemory memory, GuestAddress subscriptions, GuestAddress events,
                      std::uint32_t count, GuestAddress result) noexcept {
  if (count == 0 || count > kMaxSubscriptions) return Errno::kInval;
  // Called again at every wake-up: the wait began at the first call.
  const base::Instant first = guest.wait_begins();
  base::Instant next = base::Instant::max();
  std::uint32_t ready = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto subscription =
        memory.load<wasi::Subscription>(subscriptions + i * std::uint32_t{sizeof(wasi::Subscription)});
    if (!subscription) return Errno::kFault;
    const Readiness readiness = look(guest, *subscription, first);
    next = std::min(next, readiness.when);
    if (!readiness.event) continue;
    if (!memory.store(events + ready * std::uint32_t{sizeof(wasi::Event)}, *readiness.event)) {
      return Errno::kFault;
    }
    ++ready;
  }
  if (ready == 0) return guest.wait_until(next);
  return memory.store(result, ready) ? Errno::kSuccess : Errno::kFault;
}

ErrnoResult poll_oneoff(Guest& guest, GuestMemory memory, GuestAddress subscriptions, GuestAddress events,
                        std::uint32_t count, GuestAddress result) noexcept {
  const ErrnoResult end = poll_once(guest, memory, subscriptions, events, count, result);
  if (end.status != CallStatus::kPending) guest.wait_ends();
  return end;
}

// --- what needs files: there are none ---

/// For functions that take a descriptor of a file or folder: none is open.
template <class... Args>
ErrnoResult no_such_descriptor(Guest&, GuestMemory, std::uint32_t, Args...) noexcept {
  return Errno::kBadf;
}

/// For path_symlink and path_link, whose first parameter is no descriptor.
template <class... Args>
ErrnoResult not_supported(Guest&, GuestMemory, Args...) noexcept {
  return Errno::kNotsup;
}

/// For functions that read or write at a place: streams have none. Zig's library asks before it streams.
template <class... Args>
ErrnoResult not_seekable(Guest&, GuestMemory, std::uint32_t fd, Args...) noexcept {
  return is_stdio(fd) ? Errno::kSpipe : Errno::kBadf;
}

template <class... Args>
ErrnoResult not_a_socket(Guest&, GuestMemory, std::uint32_t fd, Args...) noexcept {
  return is_stdio(fd) ? Errno::kNotsock : Errno::kBadf;
}

using u32 = std::uint32_t;
using u64 = std::uint64_t;

template <auto kFunction>
constexpr HostFunction wasi_function(const char* name, Suspends suspends = Suspends::kNever) {
  return host_function<kFunction>("wasi_snapshot_preview1", name, suspends);
}

constexpr std::array kFunctions = {
    wasi_function<&args_get>("args_get"),
    wasi_function<&args_sizes_get>("args_sizes_get"),
    wasi_function<&environ_get>("environ_get"),
    wasi_function<&environ_sizes_get>("environ_sizes_get"),
    wasi_function<&clock_res_get>("clock_res_get"),
    wasi_function<&clock_time_get>("clock_time_get"),
    wasi_function<&random_get>("random_get"),
    wasi_function<&proc_exit>("proc_exit"),
    wasi_function<&proc_raise>("proc_raise"),
    wasi_function<&sched_yield>("sched_yield"),
    wasi_function<&poll_oneoff>("poll_oneoff", Suspends::kMay),
    wasi_function<&fd_read>("fd_read"),
    wasi_function<&fd_write>("fd_write"),
    wasi_function<&fd_close>("fd_close"),
    wasi_function<&not_seekable<std::int64_t, u32, u32>>("fd_seek"),
    wasi_function<&not_seekable<u32>>("fd_tell"),
    wasi_function<&fd_fdstat_get>("fd_fdstat_get"),
    wasi_function<&fd_fdstat_set_flags>("fd_fdstat_set_flags"),
    wasi_function<&fd_filestat_get>("fd_filestat_get"),
    wasi_function<&not_seekable<u64, u64, u32>>("fd_advise"),
    wasi_function<&no_such_descriptor<u64, u64>>("fd_allocate"),
    wasi_function<&no_such_descriptor<>>("fd_datasync"),
    wasi_function<&no_such_descriptor<>>("fd_sync"),
    wasi_function<&no_such_descriptor<u64, u64>>("fd_fdstat_set_rights"),
    wasi_function<&no_such_descriptor<u64>>("fd_filestat_set_size"),
    wasi_function<&no_such_descriptor<u64, u64, u32>>("fd_filestat_set_times"),
    wasi_function<&not_seekable<u32, u32, u64, u32>>("fd_pread"),
    wasi_function<&not_seekable<u32, u32, u64, u32>>("fd_pwrite"),
    wasi_function<&no_such_descriptor<u32>>("fd_prestat_get"),
    wasi_function<&no_such_descriptor<u32, u32>>("fd_prestat_dir_name"),
    wasi_function<&no_such_descriptor<u32, u32, u64, u32>>("fd_readdir"),
    wasi_function<&no_such_descriptor<u32>>("fd_renumber"),
    wasi_function<&no_such_descriptor<u32, u32>>("path_create_directory"),
    wasi_function<&no_such_descriptor<u32, u32, u32, u32>>("path_filestat_get"),
    wasi_function<&no_such_descriptor<u32, u32, u32, u64, u64, u32>>("path_filestat_set_times"),
    wasi_function<&no_such_descriptor<u32, u32, u32, u32, u32, u32>>("path_link"),
    wasi_function<&no_such_descriptor<u32, u32, u32, u32, u64, u64, u32, u32>>("path_open"),
    wasi_function<&no_such_descriptor<u32, u32, u32, u32, u32>>("path_readlink"),
    wasi_function<&no_such_descriptor<u32, u32>>("path_remove_directory"),
    wasi_function<&no_such_descriptor<u32, u32, u32, u32, u32>>("path_rename"),
    wasi_function<&not_supported<u32, u32, u32, u32, u32>>("path_symlink"),
    wasi_function<&no_such_descriptor<u32, u32>>("path_unlink_file"),
    wasi_function<&not_a_socket<u32, u32>>("sock_accept"),
    wasi_function<&not_a_socket<u32, u32, u32, u32, u32>>("sock_recv"),
    wasi_function<&not_a_socket<u32, u32, u32, u32>>("sock_send"),
    wasi_function<&not_a_socket<u32>>("sock_shutdown"),
};

}  // namespace

std::span<const HostFunction> wasi_stdio_functions() noexcept { return kFunctions; }

}  // namespace wws::wasm
