// The functions of wasi_snapshot_preview1 and wasi_unstable, over WasiStdio and WasiFiles.
#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/quantity.h"
#include "wasm/guest.h"
#include "wasm/wasi_file_calls.h"
#include "wasm/wasi_preview1.h"
#include "wasm/wasi_stdio.h"
#include "wasm/wasi_time.h"

namespace wws::wasm {
namespace {

using wasi::Errno;
using ErrnoResult = CallResult<Errno>;

/// As many vectors as writev takes on Linux.
/// The thread is not given to others during a host call: a guest gets so many random bytes in one call, and
/// in all.
constexpr std::uint32_t kMaxRandomBytes = 1U << 20;
constexpr std::uint64_t kAllRandomBytes = 4U << 20;
/// For the same reason: so many bytes are read in one call. Those who want more call again.
constexpr std::uint32_t kMostRead = 512U << 10;
/// Numbers that streams can get where there are no files.
constexpr std::uint32_t kMostDescriptors = 16;

bool is_open(const Guest& guest, std::uint32_t fd) noexcept {
  return guest.wasi().stream(fd) != Stream::kClosed ||
         (guest.files() != nullptr && guest.files()->is_open(fd));
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
  if (count > wasi::kMaxVectors) return Errno::kInval;
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
  if (count > wasi::kMaxVectors) return Errno::kInval;
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
wasi::Filetype filetype_of(const Guest& guest, Stream stream) noexcept {
  const bool is_log = stream == Stream::kStdout && guest.wasi().stdout_is_logged();
  return is_log ? wasi::Filetype::kCharacterDevice : wasi::Filetype::kUnknown;
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
  if (to >= kMostDescriptors) return Errno::kBadf;
  return guest.wasi().renumber(from, to) ? Errno::kSuccess : Errno::kBadf;
}

// --- what needs files, where there are none ---

/// For functions that take a descriptor of a file or folder: none is open.
template <class... Args>
ErrnoResult no_such_descriptor(Guest&, GuestMemory, std::uint32_t, Args...) noexcept {
  return Errno::kBadf;
}

/// For path_symlink, whose first parameter is no descriptor.
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

template <class Preview>
constexpr Snapshot kSnapshot =
    std::is_same_v<Preview, wasi::Preview0> ? Snapshot::kPreview0 : Snapshot::kPreview1;

/// A function that is of streams, or of what `kOfStreams` says where there are no files; and of files for
/// guests that have some.
template <class Preview, FileFunction kFunction, auto kOfStreams, class Signature = decltype(kOfStreams)>
struct Split;

template <class Preview, FileFunction kFunction, auto kOfStreams, class First, class... Args>
struct Split<Preview, kFunction, kOfStreams, ErrnoResult (*)(Guest&, GuestMemory, First, Args...) noexcept> {
  static ErrnoResult call(Guest& guest, GuestMemory memory, First first, Args... rest) noexcept {
    // The first parameter of path_symlink is an address. Streams and files have their numbers from one list.
    constexpr bool kIsOfFiles = kFunction == FileFunction::kPathSymlink ||
                                kFunction == FileFunction::kFdRenumber || kFunction == FileFunction::kFdClose;
    if (guest.files() == nullptr ||
        (!kIsOfFiles && guest.wasi().stream(static_cast<u32>(first)) != Stream::kClosed))
      return kOfStreams(guest, memory, first, rest...);
    const std::array<u64, 1 + sizeof...(Args)> arguments = {static_cast<u64>(first),
                                                            static_cast<u64>(rest)...};
    return call_files(guest, memory, kSnapshot<Preview>, kFunction, arguments);
  }
};

template <class Preview, FileFunction kFunction, auto kOfStreams>
constexpr HostFunction file_function(const char* name) {
  return function_of<Preview, &Split<Preview, kFunction, kOfStreams>::call>(name, Suspends::kForFiles);
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
    file_function<Preview, FileFunction::kFdRead, &fd_read>("fd_read"),
    file_function<Preview, FileFunction::kFdWrite, &fd_write>("fd_write"),
    file_function<Preview, FileFunction::kFdClose, &fd_close>("fd_close"),
    file_function<Preview, FileFunction::kFdSeek, &not_seekable<std::int64_t, u32, u32>>("fd_seek"),
    file_function<Preview, FileFunction::kFdTell, &not_seekable<u32>>("fd_tell"),
    file_function<Preview, FileFunction::kFdFdstatGet, &fd_fdstat_get>("fd_fdstat_get"),
    file_function<Preview, FileFunction::kFdFdstatSetFlags, &has_no_effect<u32>>("fd_fdstat_set_flags"),
    file_function<Preview, FileFunction::kFdFilestatGet, &fd_filestat_get<Preview>>("fd_filestat_get"),
    file_function<Preview, FileFunction::kFdAdvise, &not_seekable<u64, u64, u32>>("fd_advise"),
    file_function<Preview, FileFunction::kFdAllocate, &no_such_descriptor<u64, u64>>("fd_allocate"),
    file_function<Preview, FileFunction::kFdDatasync, &has_no_effect<>>("fd_datasync"),
    file_function<Preview, FileFunction::kFdSync, &has_no_effect<>>("fd_sync"),
    file_function<Preview, FileFunction::kFdFdstatSetRights, &has_no_effect<u64, u64>>(
        "fd_fdstat_set_rights"),
    file_function<Preview, FileFunction::kFdFilestatSetSize, &no_such_descriptor<u64>>(
        "fd_filestat_set_size"),
    file_function<Preview, FileFunction::kFdFilestatSetTimes, &no_such_descriptor<u64, u64, u32>>(
        "fd_filestat_set_times"),
    file_function<Preview, FileFunction::kFdPread, &not_seekable<u32, u32, u64, u32>>("fd_pread"),
    file_function<Preview, FileFunction::kFdPwrite, &not_seekable<u32, u32, u64, u32>>("fd_pwrite"),
    function_of<Preview, &fd_prestat_get>("fd_prestat_get"),
    function_of<Preview, &fd_prestat_dir_name>("fd_prestat_dir_name"),
    file_function<Preview, FileFunction::kFdReaddir, &no_such_descriptor<u32, u32, u64, u32>>("fd_readdir"),
    file_function<Preview, FileFunction::kFdRenumber, &fd_renumber>("fd_renumber"),
    file_function<Preview, FileFunction::kPathCreateDirectory, &no_such_descriptor<u32, u32>>(
        "path_create_directory"),
    file_function<Preview, FileFunction::kPathFilestatGet, &no_such_descriptor<u32, u32, u32, u32>>(
        "path_filestat_get"),
    file_function<Preview, FileFunction::kPathFilestatSetTimes,
                  &no_such_descriptor<u32, u32, u32, u64, u64, u32>>("path_filestat_set_times"),
    file_function<Preview, FileFunction::kPathLink, &no_such_descriptor<u32, u32, u32, u32, u32, u32>>(
        "path_link"),
    file_function<Preview, FileFunction::kPathOpen,
                  &no_such_descriptor<u32, u32, u32, u32, u64, u64, u32, u32>>("path_open"),
    file_function<Preview, FileFunction::kPathReadlink, &no_such_descriptor<u32, u32, u32, u32, u32>>(
        "path_readlink"),
    file_function<Preview, FileFunction::kPathRemoveDirectory, &no_such_descriptor<u32, u32>>(
        "path_remove_directory"),
    file_function<Preview, FileFunction::kPathRename, &no_such_descriptor<u32, u32, u32, u32, u32>>(
        "path_rename"),
    file_function<Preview, FileFunction::kPathSymlink, &not_supported<u32, u32, u32, u32, u32>>(
        "path_symlink"),
    file_function<Preview, FileFunction::kPathUnlinkFile, &no_such_descriptor<u32, u32>>("path_unlink_file"),
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
