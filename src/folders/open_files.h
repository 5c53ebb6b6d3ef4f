// The descriptors of one guest, and what it does with them.
#pragma once

#include <sys/stat.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/file.h"
#include "folders/beneath.h"
#include "folders/mounts.h"
#include "folders/wasi_errno.h"
#include "wasm/file_call.h"
#include "wasm/value.h"

namespace wws::folders {

/// How many files guests may have open.
struct OpenLimits {
  std::size_t of_guest = 256;  ///< with its mounts, without its streams
  std::size_t in_all = 10'000;
};

/// Files and folders of one guest, by the numbers that it knows, and the functions of WASI preview 1 on them,
/// by the rules of POSIX. Whatever a call says, it reaches what is in the mounts, and only what is in those
/// for writing is changed. Nothing is opened but files and folders. Used by one thread at a time; calls wait
/// for the disk.
class OpenFiles {
 public:
  /// `all` counts what guests have open together. The mounts, the limits and it outlive this.
  OpenFiles(const Mounts& mounts, const OpenLimits& limits, std::atomic<std::size_t>& all);
  ~OpenFiles();
  OpenFiles(const OpenFiles&) = delete;
  OpenFiles& operator=(const OpenFiles&) = delete;

  [[nodiscard]] wasm::FileAnswer call(const wasm::FileCall& call);

 private:
  /// kStream: a number that is taken; the guest's process has what it stands for.
  enum class Kind : std::uint8_t { kFile, kFolder, kStream };
  struct Open {
    std::shared_ptr<const base::File> file;
    Kind kind = Kind::kFile;
    bool writable = false;    ///< its mount is
    bool is_mount = false;    ///< it is one
    std::uint16_t flags = 0;  ///< `fdflags`
    std::uint64_t rights = 0;
    std::uint64_t inheriting = 0;
    [[nodiscard]] int fd() const noexcept { return file->fd(); }
    /// Whether it is one of `all`.
    [[nodiscard]] bool is_counted() const noexcept { return !is_mount && kind != Kind::kStream; }
  };
  /// The arguments of a call, and the image of the memory that they speak of.
  struct Call {
    const wasm::FileArguments& arguments;
    wasm::GuestMemory memory;

    [[nodiscard]] std::uint32_t number(std::size_t place) const noexcept {
      return static_cast<std::uint32_t>(arguments.at(place));
    }
    [[nodiscard]] std::uint64_t wide(std::size_t place) const noexcept { return arguments.at(place); }
    [[nodiscard]] wasm::GuestAddress address(std::size_t place) const noexcept {
      return wasm::GuestAddress{number(place)};
    }
    /// The path at an address and a size; kFault, or what check_path() says.
    [[nodiscard]] Errno path(std::size_t place, std::string& path) const;
    template <class Value>
    [[nodiscard]] Errno store(std::size_t place, const Value& value) const noexcept {
      return memory.store(address(place), value) ? Errno::kSuccess : Errno::kFault;
    }
  };
  using Function = Errno (OpenFiles::*)(const Call&);

  /// A file or folder; null: there is none.
  [[nodiscard]] Open* find(std::uint32_t fd) noexcept;
  [[nodiscard]] Open* find(std::uint32_t fd, Kind kind) noexcept;
  /// kBadf; kRofs: what is in there cannot be changed.
  [[nodiscard]] Errno find_writable_folder(std::uint32_t fd, Open*& folder) noexcept;
  /// The same with a path: where its last name is.
  [[nodiscard]] Errno find_to_change(const Call& call, std::size_t fd_place, std::size_t path_place,
                                     Errno for_dots, Entry& entry);
  [[nodiscard]] Errno add(Open open, std::uint32_t& fd);
  [[nodiscard]] Errno check_room() const noexcept;

  // In the order of wasm::FileFunction.
  Errno fd_advise(const Call& call);
  Errno fd_allocate(const Call& call);
  Errno fd_close(const Call& call);
  Errno fd_datasync(const Call& call);
  Errno fd_fdstat_get(const Call& call);
  Errno fd_fdstat_set_flags(const Call& call);
  Errno fd_fdstat_set_rights(const Call& call);
  Errno fd_filestat_get(const Call& call);
  Errno fd_filestat_set_size(const Call& call);
  Errno fd_filestat_set_times(const Call& call);
  Errno fd_pread(const Call& call);
  Errno fd_pwrite(const Call& call);
  Errno fd_read(const Call& call);
  Errno fd_readdir(const Call& call);
  Errno fd_renumber(const Call& call);
  Errno fd_seek(const Call& call);
  Errno fd_sync(const Call& call);
  Errno fd_tell(const Call& call);
  Errno fd_write(const Call& call);
  Errno path_create_directory(const Call& call);
  Errno path_filestat_get(const Call& call);
  Errno path_filestat_set_times(const Call& call);
  Errno path_link(const Call& call);
  Errno path_open(const Call& call);
  Errno path_readlink(const Call& call);
  Errno path_remove_directory(const Call& call);
  Errno path_rename(const Call& call);
  Errno path_symlink(const Call& call);
  Errno path_unlink_file(const Call& call);
  static const std::array<Function, wasm::kFileFunctions> kFunctions;

  const OpenLimits& limits_;
  std::atomic<std::size_t>& all_;
  std::map<std::uint32_t, Open> open_;
};

}  // namespace wws::folders
