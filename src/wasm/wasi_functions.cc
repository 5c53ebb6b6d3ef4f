// The functions of wasi_snapshot_preview1 and wasi_unstable, over WasiStdio.
#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>

#include "base/quantity.h"
#include "wasm/guest.h"
#include "wasm/wasi_preview1.h"
#include "wasm/wasi_stdio.h"
#include "wasm/wasi_time.h"

namespace wws::wasm {
namespace {

using wasi::Errno;
using ErrnoResult = CallResult<Errno>;

/// As many vectors as writev takes on Linux.
constexpr std::uint32_t kMaxVectors = 1024;
/// The thread is not given to others during a host call: a guest gets so many random bytes in one call, and
/// in all.
constexpr std::uint32_t kMaxRandomBytes = 1U << 20;
constexpr std::uint64_t kAllRandomBytes = 4U << 20;
/// For the same reason: so many bytes are read in one call. Those who want more call again.
constexpr std::uint32_t kMostRead = 512U << 10;

bool is_open(const Guest& guest, std::uint32_t fd) noexcept {
  return guest.wasi().stream(fd) != Stream::kClosed;
}

/// For functions that change nothing about a stream.
Errno success_if_open(const Guest& guest, std::uint32_t fd) noexcept {
  return is_open(guest, fd) ? Errno::kSuccess : Errno::kBadf;
}

// --- arguments and environment ---

/// How many texts there are, and how many bytes they take with their ends.
ErrnoResult store_sizes(std::span<const std::string> texts, GuestMemory memory, GuestAddress count,
                        GuestAddress size) noexcept {
  std::uint32_t bytes = 0;
  for (const std::string& text : texts) bytes += static_cast<std::uint32_t>(text.size() + 1);
  const auto entries = static_cast<std::uint32_t>(texts.size());
  return memory.store(count, entries) && memory.store(size, bytes) ? Errno::kSuccess : Errno::kFault;
}

ErrnoResult store_texts(std::span<const std::string> texts, GuestMemory memory, GuestAddress pointers,
                        GuestAddress place) noexcept {
  for (const std::string& text : texts) {
    const std::string_view with_end(text.c_str(), text.size() + 1);
    if (!memory.store(pointers, place) || !memory.write(place, with_end)) return Errno::kFault;
    pointers = pointers + sizeof(std::uint32_t);
    place = place + static_cast<std::uint32_t>(with_end.size());
  }
  return Errno::kSuccess;
}

ErrnoResult args_sizes_get(Guest& guest, GuestMemory memory, GuestAddress count, GuestAddress size) noexcept {
  return store_sizes(guest.wasi().arguments(), memory, count, size);
}

ErrnoResult args_get(Guest& guest, GuestMemory memory, GuestAddress pointers, GuestAddress place) noexcept {
  return store_texts(guest.wasi().arguments(), memory, pointers, place);
}

ErrnoResult environ_sizes_get(Guest& guest, GuestMemory memory, GuestAddress count,
                              GuestAddress size) noexcept {
  return store_sizes(guest.wasi().read_environment(), memory, count, size);
}

ErrnoResult environ_get(Guest& guest, GuestMemory memory, GuestAddress pointers,
                        GuestAddress place) noexcept {
  return store_texts(guest.wasi().read_environment(), memory, pointers, place);
}

// --- random numbers, the process ---

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

/// Fills `target`, unless the input ends. How many bytes it took.
std::uint32_t read_stdin(Guest& guest, std::span<std::uint8_t> target) {
  const std::size_t size = target.size();
  while (!target.empty()) {
    const std::string_view taken = guest.wasi().read_stdin(target.size());
    if (taken.empty()) break;
    std::copy(taken.begin(), taken.end(), target.begin());
    target = target.subspan(taken.size());
  }
  return static_cast<std::uint32_t>(size - target.size());
}

ErrnoResult fd_read(Guest& guest, GuestMemory memory, std::uint32_t fd, GuestAddress vectors,
                    std::uint32_t count, GuestAddress result) noexcept {
  if (guest.wasi().stream(fd) != Stream::kStdin) return Errno::kBadf;
  if (count > kMaxVectors) return Errno::kInval;
  std::uint32_t total = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto vector = memory.load<wasi::Iovec>(vectors + i * sizeof(wasi::Iovec));
    if (!vector) return Errno::kFault;
    const auto target = memory.bytes(GuestAddress{vector->address}, vector->size);
    if (!target) return Errno::kFault;
    const std::uint32_t most = std::min(vector->size, kMostRead - total);
    const std::uint32_t size = read_stdin(guest, target->first(most));
    total += size;
    if (size < vector->size) break;
  }
  return memory.store(result, total) ? Errno::kSuccess : Errno::kFault;
}

ErrnoResult fd_write(Guest& guest, GuestMemory memory, std::uint32_t fd, GuestAddress vectors,
                     std::uint32_t count, GuestAddress result) noexcept {
  const Stream stream = guest.wasi().stream(fd);
  if (stream != Stream::kStdout && stream != Stream::kStderr) return Errno::kBadf;
  if (count > kMaxVectors) return Errno::kInval;
  std::uint32_t total = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto vector = memory.load<wasi::Iovec>(vectors + i * sizeof(wasi::Iovec));
    if (!vector) return Errno::kFault;
    const auto text = memory.text(GuestAddress{vector->address}, vector->size);
    if (!text) return Errno::kFault;
    if (stream == Stream::kStderr) {
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
std::uint8_t filetype_of(const Guest& guest, Stream stream) noexcept {
  const bool is_log = stream == Stream::kStdout && guest.wasi().stdout_is_logged();
  return static_cast<std::uint8_t>(is_log ? wasi::Filetype::kCharacterDevice : wasi::Filetype::kUnknown);
}

ErrnoResult fd_fdstat_get(Guest& guest, GuestMemory memory, std::uint32_t fd, GuestAddress result) noexcept {
  const Stream stream = guest.wasi().stream(fd);
  if (stream == Stream::kClosed) return Errno::kBadf;
  wasi::Fdstat stat{};
  stat.filetype = filetype_of(guest, stream);
  stat.rights_base = wasi::rights::kPollFdReadwrite | wasi::rights::kFdFdstatSetFlags |
                     (stream == Stream::kStdin ? wasi::rights::kFdRead : wasi::rights::kFdWrite);
  return memory.store(result, stat) ? Errno::kSuccess : Errno::kFault;
}

template <class Preview>
ErrnoResult fd_filestat_get(Guest& guest, GuestMemory memory, std::uint32_t fd,
                            GuestAddress result) noexcept {
  const Stream stream = guest.wasi().stream(fd);
  if (stream == Stream::kClosed) return Errno::kBadf;
  typename Preview::Filestat stat{};
  stat.filetype = filetype_of(guest, stream);
  stat.link_count = 1;
  return memory.store(result, stat) ? Errno::kSuccess : Errno::kFault;
}

/// Nothing waits to be written, and streams have no modes.
template <class... Args>
ErrnoResult has_no_effect(Guest& guest, GuestMemory, std::uint32_t fd, Args...) noexcept {
  return success_if_open(guest, fd);
}

ErrnoResult fd_close(Guest& guest, GuestMemory, std::uint32_t fd) noexcept {
  return guest.wasi().close(fd) ? Errno::kSuccess : Errno::kBadf;
}

ErrnoResult fd_renumber(Guest& guest, GuestMemory, std::uint32_t from, std::uint32_t to) noexcept {
  return guest.wasi().renumber(from, to) ? Errno::kSuccess : Errno::kBadf;
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
ErrnoResult not_seekable(Guest& guest, GuestMemory, std::uint32_t fd, Args...) noexcept {
  return is_open(guest, fd) ? Errno::kSpipe : Errno::kBadf;
}

template <class... Args>
ErrnoResult not_a_socket(Guest& guest, GuestMemory, std::uint32_t fd, Args...) noexcept {
  return is_open(guest, fd) ? Errno::kNotsock : Errno::kBadf;
}

using u32 = std::uint32_t;
using u64 = std::uint64_t;

template <class Preview, auto kFunction>
constexpr HostFunction function_of(const char* name, Suspends suspends = Suspends::kNever) {
  return host_function<kFunction>(Preview::kModule, name, suspends);
}

/// What both snapshots have.
template <class Preview>
constexpr std::array kFunctions = {
    function_of<Preview, &args_get>("args_get"),
    function_of<Preview, &args_sizes_get>("args_sizes_get"),
    function_of<Preview, &environ_get>("environ_get"),
    function_of<Preview, &environ_sizes_get>("environ_sizes_get"),
    function_of<Preview, &clock_res_get>("clock_res_get"),
    function_of<Preview, &clock_time_get>("clock_time_get"),
    function_of<Preview, &random_get>("random_get"),
    function_of<Preview, &proc_exit>("proc_exit"),
    function_of<Preview, &proc_raise>("proc_raise"),
    function_of<Preview, &sched_yield>("sched_yield"),
    function_of<Preview, &poll_oneoff<Preview>>("poll_oneoff", Suspends::kMay),
    function_of<Preview, &fd_read>("fd_read"),
    function_of<Preview, &fd_write>("fd_write"),
    function_of<Preview, &fd_close>("fd_close"),
    function_of<Preview, &not_seekable<std::int64_t, u32, u32>>("fd_seek"),
    function_of<Preview, &not_seekable<u32>>("fd_tell"),
    function_of<Preview, &fd_fdstat_get>("fd_fdstat_get"),
    function_of<Preview, &has_no_effect<u32>>("fd_fdstat_set_flags"),
    function_of<Preview, &fd_filestat_get<Preview>>("fd_filestat_get"),
    function_of<Preview, &not_seekable<u64, u64, u32>>("fd_advise"),
    function_of<Preview, &no_such_descriptor<u64, u64>>("fd_allocate"),
    function_of<Preview, &has_no_effect<>>("fd_datasync"),
    function_of<Preview, &has_no_effect<>>("fd_sync"),
    function_of<Preview, &has_no_effect<u64, u64>>("fd_fdstat_set_rights"),
    function_of<Preview, &no_such_descriptor<u64>>("fd_filestat_set_size"),
    function_of<Preview, &no_such_descriptor<u64, u64, u32>>("fd_filestat_set_times"),
    function_of<Preview, &not_seekable<u32, u32, u64, u32>>("fd_pread"),
    function_of<Preview, &not_seekable<u32, u32, u64, u32>>("fd_pwrite"),
    function_of<Preview, &no_such_descriptor<u32>>("fd_prestat_get"),
    function_of<Preview, &no_such_descriptor<u32, u32>>("fd_prestat_dir_name"),
    function_of<Preview, &no_such_descriptor<u32, u32, u64, u32>>("fd_readdir"),
    function_of<Preview, &fd_renumber>("fd_renumber"),
    function_of<Preview, &no_such_descriptor<u32, u32>>("path_create_directory"),
    function_of<Preview, &no_such_descriptor<u32, u32, u32, u32>>("path_filestat_get"),
    function_of<Preview, &no_such_descriptor<u32, u32, u32, u64, u64, u32>>("path_filestat_set_times"),
    function_of<Preview, &no_such_descriptor<u32, u32, u32, u32, u32, u32>>("path_link"),
    function_of<Preview, &no_such_descriptor<u32, u32, u32, u32, u64, u64, u32, u32>>("path_open"),
    function_of<Preview, &no_such_descriptor<u32, u32, u32, u32, u32>>("path_readlink"),
    function_of<Preview, &no_such_descriptor<u32, u32>>("path_remove_directory"),
    function_of<Preview, &no_such_descriptor<u32, u32, u32, u32, u32>>("path_rename"),
    function_of<Preview, &not_supported<u32, u32, u32, u32, u32>>("path_symlink"),
    function_of<Preview, &no_such_descriptor<u32, u32>>("path_unlink_file"),
    function_of<Preview, &not_a_socket<u32, u32, u32, u32, u32>>("sock_recv"),
    function_of<Preview, &not_a_socket<u32, u32, u32, u32>>("sock_send"),
    function_of<Preview, &not_a_socket<u32>>("sock_shutdown"),
};

/// Preview 0 has none.
constexpr HostFunction kAccept = function_of<wasi::Preview1, &not_a_socket<u32, u32>>("sock_accept");

constexpr auto kAll = [] {
  constexpr auto& kFirst = kFunctions<wasi::Preview1>;
  constexpr auto& kSecond = kFunctions<wasi::Preview0>;
  std::array<HostFunction, kFirst.size() + kSecond.size() + 1> all{};
  auto next = std::ranges::copy(kFirst, all.begin()).out;
  next = std::ranges::copy(kSecond, next).out;
  *next = kAccept;
  return all;
}();

}  // namespace

std::span<const HostFunction> wasi_stdio_functions() noexcept { return kAll; }

}  // namespace wws::wasm
