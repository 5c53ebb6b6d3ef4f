// fd_readdir: what is in a folder, from a place on.
#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <string_view>

#include "base/utf8.h"
#include "folders/file_stat.h"
#include "folders/open_files.h"
#include "folders/wasi_errno.h"

namespace wws::folders {
namespace {

/// What getdents64 fills in, before the name.
struct SystemEntry {
  std::uint64_t inode;
  std::int64_t next;
  std::uint16_t size;
  std::uint8_t type;
};
constexpr std::size_t kNameAt = 19;

wasi::Filetype to_filetype_of_entry(int folder, unsigned char type, const char* name) noexcept {
  if (type != DT_UNKNOWN) return to_filetype(DTTOIF(type));
  struct stat stat{};
  return fstatat(folder, name, &stat, AT_SYMLINK_NOFOLLOW) == 0 ? to_filetype(stat.st_mode)
                                                                : wasi::Filetype::kUnknown;
}

/// Fills a guest's buffer with entries. The last one may be cut off: so a guest knows that there is more.
class Filling {
 public:
  explicit Filling(std::span<std::uint8_t> buffer) : buffer_(buffer) {}
  [[nodiscard]] bool is_full() const noexcept { return used_ == buffer_.size(); }
  [[nodiscard]] std::size_t room() const noexcept { return buffer_.size() - used_; }
  [[nodiscard]] std::uint32_t used() const noexcept { return static_cast<std::uint32_t>(used_); }
  void add(const wasi::Dirent& entry, std::string_view name) {
    append(&entry, sizeof entry);
    append(name.data(), name.size());
  }

 private:
  void append(const void* bytes, std::size_t size) {
    size = std::min(size, buffer_.size() - used_);
    if (size > 0) std::memcpy(buffer_.data() + used_, bytes, size);
    used_ += size;
  }
  std::span<std::uint8_t> buffer_;
  std::size_t used_ = 0;
};

/// The system's entries, one after another, to the guest's buffer.
void add_entries(int folder, std::uint64_t own_inode, std::span<const char> entries, Filling& filling) {
  while (!entries.empty() && !filling.is_full()) {
    SystemEntry head{};
    std::memcpy(&head, entries.data(), kNameAt);
    const char* name = entries.data() + kNameAt;
    const std::string_view text(name);
    const bool is_parent = text == "..";
    entries = entries.subspan(head.size);
    if (!base::is_utf8(text)) continue;  // a guest cannot say it
    wasi::Dirent entry{};
    entry.next = static_cast<std::uint64_t>(head.next);
    entry.inode = is_parent ? own_inode : head.inode;  // what is above is none of the guest's business
    entry.name_size = static_cast<std::uint32_t>(text.size());
    entry.filetype = to_filetype_of_entry(folder, head.type, name);
    filling.add(entry, text);
  }
}

}  // namespace

Errno OpenFiles::fd_readdir(const Call& call) {
  Open* folder = find(call.number(0), Kind::kFolder);
  if (folder == nullptr) return find(call.number(0)) == nullptr ? Errno::kBadf : Errno::kNotdir;
  const auto buffer = call.memory.bytes(call.address(1), call.number(2));
  if (!buffer) return Errno::kFault;
  if (folder->is_mount && folder->file.use_count() > 1) {
    // Others read it too, each at a place of its own.
    base::File own;
    if (const Errno wrong = open_beneath(folder->fd(), ".", O_RDONLY | O_DIRECTORY, LastLink::kItself, own);
        wrong != Errno::kSuccess)
      return wrong;
    folder->file = std::make_shared<const base::File>(std::move(own));
  }
  struct stat stat{};
  if (fstat(folder->fd(), &stat) != 0) return to_wasi(errno);
  // The system's own places: they stay what they are when entries are made and removed.
  if (lseek(folder->fd(), static_cast<off_t>(call.wide(3)), SEEK_SET) < 0) return to_wasi(errno);
  constexpr std::size_t kAtOnce = std::size_t{32} << 10;
  constexpr std::size_t kLeast = std::size_t{2} << 10;       // one entry fits, with a name of any file system
  alignas(std::uint64_t) std::array<char, kAtOnce> entries;  // NOLINT: filled below
  Filling filling(*buffer);
  while (!filling.is_full()) {
    // About as many as there is room for: its entries are as large as a guest's.
    const long size =
        syscall(SYS_getdents64, folder->fd(), entries.data(), std::clamp(filling.room(), kLeast, kAtOnce));
    if (size == 0 || (size < 0 && errno == ENOENT)) break;  // a folder that was removed has nothing in it
    if (size < 0) return to_wasi(errno);
    add_entries(folder->fd(), stat.st_ino, std::span(entries).first(static_cast<std::size_t>(size)), filling);
  }
  return call.store(4, filling.used());
}

}  // namespace wws::folders
