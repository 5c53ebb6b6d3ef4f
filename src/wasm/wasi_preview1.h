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
  kFault = 21,
  kInval = 28,
  kIo = 29,
  kNametoolong = 37,
  kNosys = 52,
  kNotsup = 58,
  kNotsock = 57,
  kRofs = 69,
  kSpipe = 70,
};

enum class ClockId : std::uint32_t { kRealtime = 0, kMonotonic = 1, kProcessCpu = 2, kThreadCpu = 3 };

enum class Filetype : std::uint8_t { kUnknown = 0, kCharacterDevice = 2 };

namespace rights {
inline constexpr std::uint64_t kFdRead = 1U << 1;
inline constexpr std::uint64_t kFdFdstatSetFlags = 1U << 3;
inline constexpr std::uint64_t kFdWrite = 1U << 6;
inline constexpr std::uint64_t kPollFdReadwrite = 1U << 27;
}  // namespace rights

/// `ciovec` and `iovec`.
struct Iovec {
  std::uint32_t address;
  std::uint32_t size;
};
static_assert(sizeof(Iovec) == 8);

struct Fdstat {
  std::uint8_t filetype;
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
  std::uint8_t filetype;
  std::uint8_t padding[7];
  std::uint64_t link_count;
  std::uint64_t size;
  std::uint64_t access_time;
  std::uint64_t modification_time;
  std::uint64_t change_time;
};
static_assert(sizeof(Filestat) == 64);

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
    std::uint8_t filetype;
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
