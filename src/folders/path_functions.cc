// The functions of OpenFiles that take paths.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <utility>

#include "folders/file_stat.h"
#include "folders/open_files.h"
#include "folders/wasi_errno.h"

namespace wws::folders {
namespace {

LastLink last_link(std::uint32_t lookupflags) noexcept {
  return (lookupflags & wasi::kSymlinkFollow) != 0 ? LastLink::kFollowed : LastLink::kItself;
}

/// What path_open asks for.
struct Wish {
  std::uint32_t oflags = 0;
  std::uint64_t rights = 0;
  std::uint32_t fdflags = 0;

  [[nodiscard]] bool has(std::uint32_t flag) const noexcept { return (oflags & flag) != 0; }
  [[nodiscard]] bool writes() const noexcept {
    return (rights & wasi::rights::kFdWrite) != 0 || has(wasi::oflags::kTruncate);
  }
  [[nodiscard]] bool is_good() const noexcept {
    if ((oflags & ~wasi::oflags::kAll) != 0 || (fdflags & ~std::uint32_t{wasi::fdflags::kAll}) != 0)
      return false;
    return !has(wasi::oflags::kDirectory) ||
           !(has(wasi::oflags::kCreate) || has(wasi::oflags::kExclusive) || has(wasi::oflags::kTruncate));
  }
  [[nodiscard]] int flags() const noexcept {
    constexpr std::uint64_t kReads = wasi::rights::kFdRead | wasi::rights::kFdReaddir;
    int flags = O_RDONLY;
    if (writes()) flags = (rights & kReads) != 0 ? O_RDWR : O_WRONLY;
    if (has(wasi::oflags::kCreate)) flags |= O_CREAT;
    if (has(wasi::oflags::kDirectory)) flags |= O_DIRECTORY;
    if (has(wasi::oflags::kExclusive)) flags |= O_EXCL;
    if (has(wasi::oflags::kTruncate)) flags |= O_TRUNC;
    if ((fdflags & wasi::fdflags::kAppend) != 0) flags |= O_APPEND;
    if ((fdflags & wasi::fdflags::kDsync) != 0) flags |= O_DSYNC;
    if ((fdflags & (wasi::fdflags::kSync | wasi::fdflags::kRsync)) != 0) flags |= O_SYNC;
    return flags;
  }
};

/// Opening a device or a FIFO may do something already: what is there is looked at first. What is not there
/// may be made.
Errno check_kind(int folder, const std::string& path, LastLink last) {
  base::File there;
  if (open_beneath(folder, path, O_PATH, last, there) != Errno::kSuccess) return Errno::kSuccess;
  struct stat stat{};
  if (fstat(there.fd(), &stat) != 0) return to_wasi(errno);
  const bool is_good = S_ISREG(stat.st_mode) || S_ISDIR(stat.st_mode) || S_ISLNK(stat.st_mode);
  return is_good ? Errno::kSuccess : Errno::kNotsup;
}

}  // namespace

Errno OpenFiles::find_writable_folder(std::uint32_t fd, Open*& folder) noexcept {
  folder = find(fd, Kind::kFolder);
  if (folder == nullptr) return find(fd) == nullptr ? Errno::kBadf : Errno::kNotdir;
  return folder->writable ? Errno::kSuccess : Errno::kRofs;
}

Errno OpenFiles::find_to_change(const Call& call, std::size_t fd_place, std::size_t path_place,
                                Errno for_dots, Entry& entry) {
  Open* folder = nullptr;
  std::string path;
  if (const Errno wrong = call.path(path_place, path); wrong != Errno::kSuccess) return wrong;
  if (const Errno wrong = find_writable_folder(call.number(fd_place), folder); wrong != Errno::kSuccess)
    return wrong;
  return find_entry(folder->fd(), path, for_dots, entry);
}

Errno OpenFiles::path_open(const Call& call) {
  const Open* folder = find(call.number(0), Kind::kFolder);
  if (folder == nullptr) return find(call.number(0)) == nullptr ? Errno::kBadf : Errno::kNotdir;
  std::string path;
  if (const Errno wrong = call.path(2, path); wrong != Errno::kSuccess) return wrong;
  Wish wish{call.number(4), call.wide(5), call.number(7)};
  if (!wish.is_good()) return Errno::kInval;
  if (!folder->writable && wish.writes()) return Errno::kRofs;
  // As on a file system that is read-only: what is there can be opened, and nothing is made.
  const bool would_create = !folder->writable && wish.has(wasi::oflags::kCreate);
  if (would_create) wish.oflags &= ~wasi::oflags::kCreate;
  if (const Errno full = check_room(); full != Errno::kSuccess) return full;
  const LastLink last = last_link(call.number(1));
  if (const Errno wrong = check_kind(folder->fd(), path, last); wrong != Errno::kSuccess) return wrong;
  base::File file;
  const Errno opened = open_beneath(folder->fd(), path, wish.flags(), last, file);
  if (opened == Errno::kNoent && would_create) return Errno::kRofs;
  if (opened != Errno::kSuccess) return opened;
  if (would_create && wish.has(wasi::oflags::kExclusive)) return Errno::kExist;
  struct stat stat{};
  if (fstat(file.fd(), &stat) != 0) return to_wasi(errno);
  if (!S_ISREG(stat.st_mode) && !S_ISDIR(stat.st_mode)) return Errno::kNotsup;  // it was put there meanwhile
  Open open;
  open.kind = S_ISDIR(stat.st_mode) ? Kind::kFolder : Kind::kFile;
  open.writable = folder->writable;
  open.flags = static_cast<std::uint16_t>(wish.fdflags);
  open.inheriting = folder->inheriting & call.wide(6);
  if (open.kind == Kind::kFolder) {
    open.rights = folder->inheriting & wasi::rights::kOfFolders;
    open.inheriting = folder->inheriting;
  } else {
    open.rights = folder->inheriting & wasi::rights::kOfFiles;
    if ((wish.flags() & O_ACCMODE) == O_RDONLY)
      open.rights &= ~(wasi::rights::kFdWrite | wasi::rights::kFdAllocate);
    if ((wish.flags() & O_ACCMODE) == O_WRONLY) open.rights &= ~wasi::rights::kFdRead;
  }
  open.file = std::make_shared<const base::File>(std::move(file));
  std::uint32_t fd = 0;
  if (const Errno wrong = add(std::move(open), fd); wrong != Errno::kSuccess) return wrong;
  return call.store(8, fd);
}

Errno OpenFiles::path_create_directory(const Call& call) {
  constexpr mode_t kMode = 0777;
  Entry entry;
  if (const Errno wrong = find_to_change(call, 0, 1, Errno::kExist, entry); wrong != Errno::kSuccess)
    return wrong;
  return result_of(mkdirat(entry.folder.fd(), entry.name.c_str(), kMode));
}

Errno OpenFiles::path_filestat_get(const Call& call) {
  const Open* folder = find(call.number(0), Kind::kFolder);
  if (folder == nullptr) return find(call.number(0)) == nullptr ? Errno::kBadf : Errno::kNotdir;
  std::string path;
  if (const Errno wrong = call.path(2, path); wrong != Errno::kSuccess) return wrong;
  base::File there;
  if (const Errno wrong = open_beneath(folder->fd(), path, O_PATH, last_link(call.number(1)), there);
      wrong != Errno::kSuccess)
    return wrong;
  struct stat stat{};
  if (fstat(there.fd(), &stat) != 0) return to_wasi(errno);
  return call.store(4, to_filestat(stat));
}

Errno OpenFiles::path_filestat_set_times(const Call& call) {
  Open* folder = nullptr;
  std::string path;
  if (const Errno wrong = call.path(2, path); wrong != Errno::kSuccess) return wrong;
  if (const Errno wrong = find_writable_folder(call.number(0), folder); wrong != Errno::kSuccess)
    return wrong;
  Times times{};
  if (const Errno wrong = to_times(call.wide(4), call.wide(5), call.number(6), times);
      wrong != Errno::kSuccess)
    return wrong;
  base::File there;
  if (const Errno wrong = open_beneath(folder->fd(), path, O_PATH, last_link(call.number(1)), there);
      wrong != Errno::kSuccess)
    return wrong;
  return result_of(utimensat(there.fd(), "", times.data(), AT_EMPTY_PATH));
}

/// Another name for what can be read alone would be a way to change it: both must be in folders for writing.
Errno OpenFiles::path_link(const Call& call) {
  if ((call.number(1) & wasi::kSymlinkFollow) != 0) return Errno::kInval;
  Entry from;
  Entry to;
  if (const Errno wrong = find_to_change(call, 0, 2, Errno::kPerm, from); wrong != Errno::kSuccess)
    return wrong;
  if (const Errno wrong = find_to_change(call, 4, 5, Errno::kExist, to); wrong != Errno::kSuccess)
    return wrong;
  // The system would follow a link for the slash behind it.
  struct stat stat{};
  if (fstatat(from.folder.fd(), from.name.c_str(), &stat, AT_SYMLINK_NOFOLLOW) != 0) return to_wasi(errno);
  if (S_ISDIR(stat.st_mode)) return Errno::kPerm;
  if (from.must_be_folder) return Errno::kNotdir;
  if (!S_ISREG(stat.st_mode) && !S_ISLNK(stat.st_mode)) return Errno::kPerm;
  return result_of(
      linkat(from.folder.fd(), from.name.c_str(), to.folder.fd(), to.name_with_slash().c_str(), 0));
}

Errno OpenFiles::path_readlink(const Call& call) {
  const Open* folder = find(call.number(0), Kind::kFolder);
  if (folder == nullptr) return find(call.number(0)) == nullptr ? Errno::kBadf : Errno::kNotdir;
  std::string path;
  if (const Errno wrong = call.path(1, path); wrong != Errno::kSuccess) return wrong;
  Entry entry;
  if (const Errno wrong = find_entry(folder->fd(), path, Errno::kInval, entry); wrong != Errno::kSuccess)
    return wrong;
  std::array<char, PATH_MAX> target{};
  const ssize_t size = readlinkat(entry.folder.fd(), entry.name.c_str(), target.data(), target.size());
  if (size < 0) return to_wasi(errno);
  if (entry.must_be_folder)
    return Errno::kInval;  // a folder is no link, and nothing else has a slash behind it
  const auto wanted = call.memory.bytes(call.address(3), call.number(4));
  if (!wanted) return Errno::kFault;
  const std::size_t count = std::min(wanted->size(), static_cast<std::size_t>(size));
  if (count > 0) std::memcpy(wanted->data(), target.data(), count);
  return call.store(5, static_cast<std::uint32_t>(count));
}

Errno OpenFiles::path_remove_directory(const Call& call) {
  Entry entry;
  if (const Errno wrong = find_to_change(call, 0, 1, Errno::kInval, entry); wrong != Errno::kSuccess)
    return wrong;
  return result_of(unlinkat(entry.folder.fd(), entry.name.c_str(), AT_REMOVEDIR));
}

Errno OpenFiles::path_unlink_file(const Call& call) {
  Entry entry;
  if (const Errno wrong = find_to_change(call, 0, 1, Errno::kIsdir, entry); wrong != Errno::kSuccess)
    return wrong;
  return result_of(unlinkat(entry.folder.fd(), entry.name_with_slash().c_str(), 0));
}

Errno OpenFiles::path_rename(const Call& call) {
  Entry from;
  Entry to;
  if (const Errno wrong = find_to_change(call, 0, 1, Errno::kBusy, from); wrong != Errno::kSuccess)
    return wrong;
  if (const Errno wrong = find_to_change(call, 3, 4, Errno::kBusy, to); wrong != Errno::kSuccess)
    return wrong;
  return result_of(renameat(from.folder.fd(), from.name_with_slash().c_str(), to.folder.fd(),
                            to.name_with_slash().c_str()));
}

/// A link that leads out could be followed by nobody here, and by others: absolute ones are not made.
Errno OpenFiles::path_symlink(const Call& call) {
  std::string target;
  if (const Errno wrong = call.path(0, target); wrong != Errno::kSuccess) return wrong;
  Entry entry;
  if (const Errno wrong = find_to_change(call, 2, 3, Errno::kExist, entry); wrong != Errno::kSuccess)
    return wrong;
  if (target.starts_with('/')) return Errno::kPerm;
  return result_of(symlinkat(target.c_str(), entry.folder.fd(), entry.name_with_slash().c_str()));
}

}  // namespace wws::folders
