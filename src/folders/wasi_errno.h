// Numbers of WASI preview 1 (wasi_snapshot_preview1.witx) that calls on files have.
#pragma once

#include <cstdint>

namespace wws::folders {

/// In the order of the specification.
enum class Errno : std::uint16_t {
  kSuccess = 0,
  kAcces = 2,
  kAgain = 6,
  kBadf = 8,
  kBusy = 10,
  kExist = 20,
  kFault = 21,
  kFbig = 22,
  kIlseq = 25,
  kInval = 28,
  kIo = 29,
  kIsdir = 31,
  kLoop = 32,
  kMfile = 33,
  kMlink = 34,
  kNametoolong = 37,
  kNfile = 41,
  kNoent = 44,
  kNomem = 48,
  kNospc = 51,
  kNosys = 52,
  kNotdir = 54,
  kNotempty = 55,
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
  kDquot = 19,
  kIntr = 27,
  kNodev = 43,
};

/// What the system's error is for a guest.
[[nodiscard]] Errno to_wasi(int system_error) noexcept;

}  // namespace wws::folders
