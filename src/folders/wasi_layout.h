// Layouts and flags of WASI preview 1 (wasi_snapshot_preview1.witx) for files.
#pragma once

#include <cstdint>

namespace wws::folders::wasi {

enum class Filetype : std::uint8_t {
  kUnknown = 0,
  kBlockDevice = 1,
  kCharacterDevice = 2,
  kDirectory = 3,
  kRegularFile = 4,
  kSocketStream = 6,
  kSymbolicLink = 7,
};

struct Fdstat {
  Filetype filetype;
  std::uint8_t padding0;
  std::uint16_t flags;
  std::uint32_t padding1;
  std::uint64_t rights_base;
  std::uint64_t rights_inheriting;
};
static_assert(sizeof(Fdstat) == 24);

struct Filestat {
  std::uint64_t device;
  std::uint64_t inode;
  Filetype filetype;
  std::uint8_t padding[7];
  std::uint64_t link_count;
  std::uint64_t size;
  std::uint64_t access_time;
  std::uint64_t modification_time;
  std::uint64_t change_time;
};
static_assert(sizeof(Filestat) == 64);

/// The name follows.
struct Dirent {
  std::uint64_t next;
  std::uint64_t inode;
  std::uint32_t name_size;
  Filetype filetype;
  std::uint8_t padding[3];
};
static_assert(sizeof(Dirent) == 24);

struct Iovec {
  std::uint32_t address;
  std::uint32_t size;
};
static_assert(sizeof(Iovec) == 8);

namespace rights {
inline constexpr std::uint64_t kFdRead = 1U << 1;
inline constexpr std::uint64_t kFdWrite = 1U << 6;
inline constexpr std::uint64_t kFdAllocate = 1U << 8;
inline constexpr std::uint64_t kFdReaddir = 1U << 14;
inline constexpr std::uint64_t kFdFilestatSetSize = 1U << 22;
inline constexpr std::uint64_t kFdFilestatSetTimes = 1U << 23;
/// fd_datasync to fd_allocate, and the filestat functions, poll.
inline constexpr std::uint64_t kOfFiles =
    0x1FF | 1U << 21 | kFdFilestatSetSize | kFdFilestatSetTimes | 1U << 27;
/// path_create_directory to path_filestat_set_times, unlinking and removing, sync, flags, filestat.
inline constexpr std::uint64_t kOfFolders = 1U << 0 | 1U << 3 | 1U << 4 | 0xFFU << 9 | 1U << 17 | 1U << 18 |
                                            1U << 20 | 1U << 21 | kFdFilestatSetTimes | 1U << 24 | 1U << 25 |
                                            1U << 26;
}  // namespace rights

namespace fdflags {
inline constexpr std::uint16_t kAppend = 1U << 0;
inline constexpr std::uint16_t kDsync = 1U << 1;
inline constexpr std::uint16_t kNonblock = 1U << 2;
inline constexpr std::uint16_t kRsync = 1U << 3;
inline constexpr std::uint16_t kSync = 1U << 4;
inline constexpr std::uint16_t kAll = 0x1F;
}  // namespace fdflags

namespace oflags {
inline constexpr std::uint32_t kCreate = 1U << 0;
inline constexpr std::uint32_t kDirectory = 1U << 1;
inline constexpr std::uint32_t kExclusive = 1U << 2;
inline constexpr std::uint32_t kTruncate = 1U << 3;
inline constexpr std::uint32_t kAll = 0xF;
}  // namespace oflags

namespace fstflags {
inline constexpr std::uint32_t kAccess = 1U << 0;
inline constexpr std::uint32_t kAccessNow = 1U << 1;
inline constexpr std::uint32_t kModification = 1U << 2;
inline constexpr std::uint32_t kModificationNow = 1U << 3;
inline constexpr std::uint32_t kAll = 0xF;
}  // namespace fstflags

inline constexpr std::uint32_t kSymlinkFollow = 1;

}  // namespace wws::folders::wasi
