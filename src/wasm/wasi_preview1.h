// Numbers and layouts of WASI preview 1 (wasi_snapshot_preview1.witx), and what differs in preview 0
// (wasi_unstable.witx).
#pragma once

#include <cstdint>

namespace wws::wasm::wasi {

enum class Errno : std::uint16_t {
  kSuccess = 0,
  kAcces = 2,
  kAgain = 6,
  kBadf = 8,
  kBusy = 10,
  kDquot = 19,
  kExist = 20,
  kFault = 21,
  kFbig = 22,
  kIlseq = 25,
  kIntr = 27,
  kInval = 28,
  kIo = 29,
  kIsdir = 31,
  kLoop = 32,
  kMfile = 33,
  kMlink = 34,
  kNametoolong = 37,
  kNfile = 41,
  kNodev = 43,
  kNoent = 44,
  kNomem = 48,
  kNospc = 51,
  kNosys = 52,
  kNotdir = 54,
  kNotempty = 55,
  kNotsock = 57,
  kNotsup = 58,
  kNxio = 60,
  kOverflow = 61,
  kPerm = 63,
  kPipe = 64,
  kRofs = 69,
  kSpipe = 70,
  kStale = 72,
  kTxtbsy = 74,
  kXdev = 75,
};

enum class ClockId : std::uint32_t { kRealtime = 0, kMonotonic = 1, kProcessCpu = 2, kThreadCpu = 3 };

enum class Filetype : std::uint8_t {
  kUnknown = 0,
  kBlockDevice = 1,
  kCharacterDevice = 2,
  kDirectory = 3,
  kRegularFile = 4,
  kSocketStream = 6,
  kSymbolicLink = 7,
};

/// The vectors of one call: as many as readv takes on Linux.
inline constexpr std::uint32_t kMaxVectors = 1024;

namespace rights {
inline constexpr std::uint64_t kFdRead = 1U << 1;
inline constexpr std::uint64_t kFdFdstatSetFlags = 1U << 3;
inline constexpr std::uint64_t kFdWrite = 1U << 6;
inline constexpr std::uint64_t kFdAllocate = 1U << 8;
inline constexpr std::uint64_t kFdReaddir = 1U << 14;
inline constexpr std::uint64_t kFdFilestatSetSize = 1U << 22;
inline constexpr std::uint64_t kFdFilestatSetTimes = 1U << 23;
inline constexpr std::uint64_t kPollFdReadwrite = 1U << 27;
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

/// `ciovec` and `iovec`.
struct Iovec {
  std::uint32_t address;
  std::uint32_t size;
};
static_assert(sizeof(Iovec) == 8);

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

/// Of the one kind that there is, a folder.
struct Prestat {
  std::uint32_t kind;  ///< one byte, and nothing
  std::uint32_t name_size;
};
static_assert(sizeof(Prestat) == 8);

enum class Eventtype : std::uint8_t { kClock = 0, kFdRead = 1, kFdWrite = 2 };

inline constexpr std::uint16_t kSubclockflagsAbstime = 1;

struct Subscription {
  std::uint64_t userdata;
  std::uint8_t type;
  std::uint8_t padding0[7];
  union {
    struct {
      std::uint32_t id;
      std::uint32_t padding;
      std::uint64_t timeout;
      std::uint64_t precision;
      std::uint16_t flags;
    } clock;
    std::uint32_t fd;
  };
};
static_assert(sizeof(Subscription) == 48);

struct Event {
  std::uint64_t userdata;
  std::uint16_t error;
  std::uint8_t type;
  std::uint8_t padding[5];
  std::uint64_t readable_bytes;
  std::uint16_t readwrite_flags;
  std::uint8_t padding1[6];
};
static_assert(sizeof(Event) == 32);

/// As host functions are told which of the two their guest was made for.
struct Preview1 {
  static constexpr const char* kModule = "wasi_snapshot_preview1";
  using Filestat = wasi::Filestat;
  using Subscription = wasi::Subscription;
};

/// The snapshot before preview 1.
struct Preview0 {
  static constexpr const char* kModule = "wasi_unstable";

  struct Filestat {
    std::uint64_t device;
    std::uint64_t inode;
    Filetype filetype;
    std::uint8_t padding[3];
    std::uint32_t link_count;
    std::uint64_t size;
    std::uint64_t access_time;
    std::uint64_t modification_time;
    std::uint64_t change_time;
  };
  static_assert(sizeof(Filestat) == 56);

  struct Subscription {
    std::uint64_t userdata;
    std::uint8_t type;
    std::uint8_t padding0[7];
    union {
      struct {
        std::uint64_t identifier;
        std::uint32_t id;
        std::uint32_t padding;
        std::uint64_t timeout;
        std::uint64_t precision;
        std::uint16_t flags;
      } clock;
      std::uint32_t fd;
    };
  };
  static_assert(sizeof(Subscription) == 56);
};

}  // namespace wws::wasm::wasi
