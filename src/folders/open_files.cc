#include "folders/open_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "folders/file_stat.h"
#include "folders/wasi_errno.h"
#include "wasm/wasi_files.h"

namespace wws::folders {
namespace {

using wasm::FileAnswer;
using wasm::FileCall;

constexpr std::uint64_t kLargestOffset = std::uint64_t{1} << 63;

/// The one vector that a call has: where its bytes are.
std::optional<std::span<std::uint8_t>> vector_at(wasm::GuestMemory memory, wasm::GuestAddress address,
                                                 std::uint32_t count) noexcept {
  if (count == 0) return std::span<std::uint8_t>();
  const auto vector = memory.load<wasi::Iovec>(address);
  return vector ? memory.bytes(wasm::GuestAddress{vector->address}, vector->size) : std::nullopt;
}

}  // namespace

const std::array<OpenFiles::Function, wasm::kFileFunctions> OpenFiles::kFunctions = {
    &OpenFiles::fd_advise,
    &OpenFiles::fd_allocate,
    &OpenFiles::fd_close,
    &OpenFiles::fd_datasync,
    &OpenFiles::fd_fdstat_get,
    &OpenFiles::fd_fdstat_set_flags,
    &OpenFiles::fd_fdstat_set_rights,
    &OpenFiles::fd_filestat_get,
    &OpenFiles::fd_filestat_set_size,
    &OpenFiles::fd_filestat_set_times,
    &OpenFiles::fd_pread,
    &OpenFiles::fd_pwrite,
    &OpenFiles::fd_read,
    &OpenFiles::fd_readdir,
    &OpenFiles::fd_renumber,
    &OpenFiles::fd_seek,
    &OpenFiles::fd_sync,
    &OpenFiles::fd_tell,
    &OpenFiles::fd_write,
    &OpenFiles::path_create_directory,
    &OpenFiles::path_filestat_get,
    &OpenFiles::path_filestat_set_times,
    &OpenFiles::path_link,
    &OpenFiles::path_open,
    &OpenFiles::path_readlink,
    &OpenFiles::path_remove_directory,
    &OpenFiles::path_rename,
    &OpenFiles::path_symlink,
    &OpenFiles::path_unlink_file,
};

OpenFiles::OpenFiles(const Mounts& mounts, const OpenLimits& limits, std::atomic<std::size_t>& all)
    : limits_(limits), all_(all) {
  std::uint32_t fd = 0;
  while (fd < wasm::WasiFiles::kFirst) open_[fd++].kind = Kind::kStream;
  for (const Mount& mount : mounts) {
    Open open;
    open.file = mount.folder;
    open.kind = Kind::kFolder;
    open.writable = mount.mode == wasm::GuestMount::Mode::kReadWrite;
    open.is_mount = true;
    // All of them, also where nothing can be changed: a C library would take what is missing out of what a
    // program asks for, and open for reading what shall be written.
    open.rights = wasi::rights::kOfFolders;
    open.inheriting = wasi::rights::kOfFolders | wasi::rights::kOfFiles;
    open_[fd++] = std::move(open);
  }
}

OpenFiles::~OpenFiles() {
  all_ -= static_cast<std::size_t>(
      std::ranges::count_if(open_, [](const auto& entry) { return entry.second.is_counted(); }));
}

FileAnswer OpenFiles::call(const FileCall& call) {
  const auto function = static_cast<std::size_t>(call.function);
  if (function >= kFunctions.size()) return {static_cast<std::uint16_t>(Errno::kNosys), {}};
  std::string image = call.inputs;
  image.resize(std::size_t{call.outputs_at} + call.outputs_size);
  const Call made{call.arguments, {reinterpret_cast<std::uint8_t*>(image.data()), image.size()}};
  FileAnswer answer;
  answer.error = static_cast<std::uint16_t>((this->*kFunctions.at(function))(made));
  if (answer.error != 0) return answer;
  std::size_t size = call.outputs_size;
  if (call.outputs == FileCall::Outputs::kCounted && size >= wasm::kCountedAt) {
    std::uint32_t count = 0;
    std::memcpy(&count, image.data() + call.outputs_at, sizeof count);
    size = std::min(size, std::size_t{wasm::kCountedAt} + count);
  }
  image.resize(call.outputs_at + size);
  image.erase(0, call.outputs_at);
  answer.outputs = std::move(image);
  return answer;
}

Errno OpenFiles::Call::path(std::size_t place, std::string& path) const {
  const auto text = memory.text(address(place), number(place + 1));
  if (!text) return Errno::kFault;
  path = *text;
  return check_path(path);
}

OpenFiles::Open* OpenFiles::find(std::uint32_t fd) noexcept {
  const auto found = open_.find(fd);
  return found == open_.end() || found->second.kind == Kind::kStream ? nullptr : &found->second;
}

OpenFiles::Open* OpenFiles::find(std::uint32_t fd, Kind kind) noexcept {
  Open* open = find(fd);
  return open != nullptr && open->kind == kind ? open : nullptr;
}

Errno OpenFiles::check_room() const noexcept {
  if (open_.size() >= wasm::WasiFiles::kFirst + limits_.of_guest) return Errno::kMfile;
  return all_ >= limits_.in_all ? Errno::kNfile : Errno::kSuccess;
}

/// The lowest number that is free, as POSIX has it: that of a stream which was closed, too.
Errno OpenFiles::add(Open open, std::uint32_t& fd) {
  fd = 0;
  while (open_.contains(fd)) ++fd;
  open_.emplace(fd, std::move(open));
  ++all_;
  return Errno::kSuccess;
}

// --- descriptors ---

Errno OpenFiles::fd_advise(const Call& call) {
  const Open* file = find(call.number(0), Kind::kFile);
  if (file == nullptr) return Errno::kBadf;
  constexpr std::array kAdvice = {POSIX_FADV_NORMAL,   POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
                                  POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED,   POSIX_FADV_NOREUSE};
  if (call.number(3) >= kAdvice.size() || call.wide(1) >= kLargestOffset || call.wide(2) >= kLargestOffset)
    return Errno::kInval;
  return to_wasi(posix_fadvise(file->fd(), static_cast<off_t>(call.wide(1)), static_cast<off_t>(call.wide(2)),
                               kAdvice.at(call.number(3))));
}

Errno OpenFiles::fd_allocate(const Call& call) {
  const Open* file = find(call.number(0), Kind::kFile);
  if (file == nullptr) return Errno::kBadf;
  if (!file->writable) return Errno::kRofs;
  if (call.wide(1) >= kLargestOffset || call.wide(2) >= kLargestOffset) return Errno::kInval;
  return result_of(
      fallocate(file->fd(), 0, static_cast<off_t>(call.wide(1)), static_cast<off_t>(call.wide(2))));
}

Errno OpenFiles::fd_close(const Call& call) {
  const auto closed = open_.extract(call.number(0));
  if (!closed) return Errno::kBadf;
  if (closed.mapped().is_counted()) --all_;
  return Errno::kSuccess;
}

Errno OpenFiles::fd_datasync(const Call& call) {
  const Open* open = find(call.number(0));
  return open == nullptr ? Errno::kBadf : result_of(fdatasync(open->fd()));
}

Errno OpenFiles::fd_sync(const Call& call) {
  const Open* open = find(call.number(0));
  return open == nullptr ? Errno::kBadf : result_of(fsync(open->fd()));
}

Errno OpenFiles::fd_fdstat_get(const Call& call) {
  const Open* open = find(call.number(0));
  if (open == nullptr) return Errno::kBadf;
  wasi::Fdstat stat{};
  stat.filetype = open->kind == Kind::kFolder ? wasi::Filetype::kDirectory : wasi::Filetype::kRegularFile;
  stat.flags = open->flags;
  stat.rights_base = open->rights;
  stat.rights_inheriting = open->inheriting;
  return call.store(1, stat);
}

/// The system cannot change how a file that is open is synchronised.
Errno OpenFiles::fd_fdstat_set_flags(const Call& call) {
  Open* file = find(call.number(0));
  if (file == nullptr) return Errno::kBadf;
  constexpr std::uint16_t kSettable = wasi::fdflags::kAppend | wasi::fdflags::kNonblock;
  const std::uint32_t flags = call.number(1);
  if ((flags & ~std::uint32_t{wasi::fdflags::kAll}) != 0) return Errno::kInval;
  if (((flags ^ file->flags) & ~std::uint32_t{kSettable}) != 0) return Errno::kNotsup;
  if (file->kind == Kind::kFile) {
    const int append = (flags & wasi::fdflags::kAppend) != 0 ? O_APPEND : 0;
    if (fcntl(file->fd(), F_SETFL, append | O_NONBLOCK) != 0) return to_wasi(errno);
  }
  file->flags = static_cast<std::uint16_t>(flags);
  return Errno::kSuccess;
}

/// Rights are what a descriptor can do, and that does not change.
Errno OpenFiles::fd_fdstat_set_rights(const Call& call) {
  return find(call.number(0)) == nullptr ? Errno::kBadf : Errno::kNotsup;
}

Errno OpenFiles::fd_filestat_get(const Call& call) {
  const Open* open = find(call.number(0));
  if (open == nullptr) return Errno::kBadf;
  struct stat stat{};
  if (fstat(open->fd(), &stat) != 0) return to_wasi(errno);
  return call.store(1, to_filestat(stat));
}

Errno OpenFiles::fd_filestat_set_size(const Call& call) {
  const Open* file = find(call.number(0), Kind::kFile);
  if (file == nullptr) return Errno::kBadf;
  if (!file->writable) return Errno::kRofs;
  if (call.wide(1) >= kLargestOffset) return Errno::kInval;
  return result_of(ftruncate(file->fd(), static_cast<off_t>(call.wide(1))));
}

Errno OpenFiles::fd_filestat_set_times(const Call& call) {
  const Open* open = find(call.number(0));
  if (open == nullptr) return Errno::kBadf;
  if (!open->writable) return Errno::kRofs;
  Times times{};
  if (const Errno wrong = to_times(call.wide(1), call.wide(2), call.number(3), times);
      wrong != Errno::kSuccess)
    return wrong;
  return result_of(futimens(open->fd(), times.data()));
}

Errno OpenFiles::fd_read(const Call& call) {
  const Open* file = find(call.number(0), Kind::kFile);
  if (file == nullptr) return Errno::kBadf;
  const auto bytes = vector_at(call.memory, call.address(1), call.number(2));
  if (!bytes) return Errno::kFault;
  const ssize_t count = read(file->fd(), bytes->data(), bytes->size());
  return count < 0 ? to_wasi(errno) : call.store(3, static_cast<std::uint32_t>(count));
}

Errno OpenFiles::fd_pread(const Call& call) {
  const Open* file = find(call.number(0), Kind::kFile);
  if (file == nullptr) return Errno::kBadf;
  const auto bytes = vector_at(call.memory, call.address(1), call.number(2));
  if (!bytes) return Errno::kFault;
  if (call.wide(3) >= kLargestOffset) return Errno::kInval;
  const ssize_t count = pread(file->fd(), bytes->data(), bytes->size(), static_cast<off_t>(call.wide(3)));
  return count < 0 ? to_wasi(errno) : call.store(4, static_cast<std::uint32_t>(count));
}

Errno OpenFiles::fd_write(const Call& call) {
  const Open* file = find(call.number(0), Kind::kFile);
  if (file == nullptr) return Errno::kBadf;
  const auto bytes = vector_at(call.memory, call.address(1), call.number(2));
  if (!bytes) return Errno::kFault;
  const ssize_t count = write(file->fd(), bytes->data(), bytes->size());
  return count < 0 ? to_wasi(errno) : call.store(3, static_cast<std::uint32_t>(count));
}

Errno OpenFiles::fd_pwrite(const Call& call) {
  const Open* file = find(call.number(0), Kind::kFile);
  if (file == nullptr) return Errno::kBadf;
  const auto bytes = vector_at(call.memory, call.address(1), call.number(2));
  if (!bytes) return Errno::kFault;
  if (call.wide(3) >= kLargestOffset) return Errno::kInval;
  const ssize_t count = pwrite(file->fd(), bytes->data(), bytes->size(), static_cast<off_t>(call.wide(3)));
  return count < 0 ? to_wasi(errno) : call.store(4, static_cast<std::uint32_t>(count));
}

Errno OpenFiles::fd_renumber(const Call& call) {
  const auto moved = open_.find(call.number(0));
  const auto replaced = open_.find(call.number(1));
  if (moved == open_.end() || replaced == open_.end()) return Errno::kBadf;
  if (moved == replaced) return Errno::kSuccess;
  if (replaced->second.is_counted()) --all_;
  replaced->second = std::move(moved->second);
  open_.erase(moved);
  return Errno::kSuccess;
}

Errno OpenFiles::fd_seek(const Call& call) {
  const Open* file = find(call.number(0), Kind::kFile);
  if (file == nullptr) return Errno::kBadf;
  constexpr std::array kWhence = {SEEK_SET, SEEK_CUR, SEEK_END};
  if (call.number(2) >= kWhence.size()) return Errno::kInval;
  const off_t place = lseek(file->fd(), static_cast<off_t>(call.wide(1)), kWhence.at(call.number(2)));
  return place < 0 ? to_wasi(errno) : call.store(3, static_cast<std::uint64_t>(place));
}

Errno OpenFiles::fd_tell(const Call& call) {
  const Open* file = find(call.number(0), Kind::kFile);
  if (file == nullptr) return Errno::kBadf;
  const off_t place = lseek(file->fd(), 0, SEEK_CUR);
  return place < 0 ? to_wasi(errno) : call.store(1, static_cast<std::uint64_t>(place));
}

}  // namespace wws::folders
