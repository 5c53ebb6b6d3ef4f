// A call of WASI on files, on its way between the guest and the process that has the files.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace wws::wasm {

/// The functions of preview 1 that work on files.
enum class FileFunction : std::uint16_t {
  kFdAdvise,
  kFdAllocate,
  kFdClose,
  kFdDatasync,
  kFdFdstatGet,
  kFdFdstatSetFlags,
  kFdFdstatSetRights,
  kFdFilestatGet,
  kFdFilestatSetSize,
  kFdFilestatSetTimes,
  kFdPread,
  kFdPwrite,
  kFdRead,
  kFdReaddir,
  kFdRenumber,
  kFdSeek,
  kFdSync,
  kFdTell,
  kFdWrite,
  kPathCreateDirectory,
  kPathFilestatGet,
  kPathFilestatSetTimes,
  kPathLink,
  kPathOpen,
  kPathReadlink,
  kPathRemoveDirectory,
  kPathRename,
  kPathSymlink,
  kPathUnlinkFile,
};
inline constexpr std::size_t kFileFunctions = 29;

/// As many as path_open has.
inline constexpr std::size_t kMostFileArguments = 9;
using FileArguments = std::array<std::uint64_t, kMostFileArguments>;

/// What is read or written in one call at the most. Programs call again for the rest.
inline constexpr std::uint32_t kMostFileBytes = std::uint32_t{1} << 20;
/// What is listed in one call at the most: a program takes a buffer that was not filled for the end of the
/// folder.
inline constexpr std::uint32_t kMostListedBytes = std::uint32_t{8} << 20;
/// A path with its end is not longer on Linux.
inline constexpr std::uint32_t kLongestPath = 4096;
/// Of an image: what is read, written or listed, two paths, and what stands around them.
inline constexpr std::uint32_t kLargestImage = kMostListedBytes + 2 * kLongestPath + 1024;

/// A call, with an image of the memory that it needs in place of the guest's: addresses among the arguments
/// are places in it. It begins with `inputs`; behind them is room for what the function writes.
struct FileCall {
  FileFunction function = FileFunction::kFdClose;
  FileArguments arguments{};
  std::string inputs;
  std::uint32_t outputs_at = 0;    ///< in the image; at least the size of `inputs`
  std::uint32_t outputs_size = 0;  ///< the image ends behind them
  /// Whether the outputs are a count of bytes (four, and four more of nothing), and then so many bytes.
  enum class Outputs : std::uint32_t { kWhole, kCounted } outputs = Outputs::kWhole;
};

/// Where the bytes begin that are counted.
inline constexpr std::uint32_t kCountedAt = 8;

struct FileAnswer {
  std::uint16_t error = 0;  ///< of WASI; the outputs mean nothing unless it is 0
  std::string outputs;
};

}  // namespace wws::wasm
