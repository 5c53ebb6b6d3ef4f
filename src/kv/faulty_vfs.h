// For tests: a disk that fails on demand, below SQLite.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <limits>

namespace wws::kv {

/// An operating system for SQLite that passes everything on to the real one, but for the faults that are set
/// here. One of it in a process, under the name kFaultyVfs.
struct Faults {
  std::atomic<std::int64_t> writes_until_error{-1};  ///< then all writes fail with EIO; -1: none does
  std::atomic<std::int64_t> syncs_until_error{-1};   ///< the same of syncs
  std::atomic<std::int64_t> syncs_to_fail{0};        ///< so many syncs fail, and those after them do not
  /// Bytes that all files of `folder` may have; what would grow them further is a full disk.
  std::atomic<std::int64_t> capacity{std::numeric_limits<std::int64_t>::max()};
  std::filesystem::path folder;
  std::atomic<std::int64_t> syncs{0};   ///< that were asked for
  std::atomic<bool> hold_syncs{false};  ///< they wait until this is false

  void heal() {
    writes_until_error = -1;
    syncs_until_error = -1;
    syncs_to_fail = 0;
    capacity = std::numeric_limits<std::int64_t>::max();
  }
};

inline constexpr const char* kFaultyVfs = "wws-faulty";

/// Registers it at the first call.
Faults& faulty_vfs();

}  // namespace wws::kv
