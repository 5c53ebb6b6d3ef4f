// The faulty disk of the tests; part of the test program for its name's sake.
#include "kv/faulty_vfs.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <thread>

namespace wws::kv {
namespace {

Faults faults;
sqlite3_vfs* real = nullptr;
sqlite3_vfs vfs{};

/// What SQLite sees as a file; the real one lies behind it in the same memory.
struct File {
  sqlite3_file base;
  [[nodiscard]] sqlite3_file* real_file() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

sqlite3_file* below(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real_file(); }

/// Counts down; whoever heals the disk meanwhile has the last word.
bool fails(std::atomic<std::int64_t>& left) {
  std::int64_t now = left.load();
  while (now > 0 && !left.compare_exchange_weak(now, now - 1)) {
  }
  return now == 0;
}

std::int64_t bytes_on_disk() {
  std::int64_t bytes = 0;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(faults.folder, ignored))
    bytes += static_cast<std::int64_t>(entry.file_size(ignored));
  return bytes;
}

int write(sqlite3_file* file, const void* bytes, int count, sqlite3_int64 offset) {
  if (fails(faults.writes_until_error)) return SQLITE_IOERR_WRITE;
  if (faults.capacity.load() != std::numeric_limits<std::int64_t>::max()) {
    sqlite3_int64 size = 0;
    below(file)->pMethods->xFileSize(below(file), &size);
    const std::int64_t growth = std::max<std::int64_t>(0, offset + count - size);
    if (growth > 0 && bytes_on_disk() + growth > faults.capacity) return SQLITE_FULL;
  }
  return below(file)->pMethods->xWrite(below(file), bytes, count, offset);
}

int sync(sqlite3_file* file, int flags) {
  ++faults.syncs;
  while (faults.hold_syncs) std::this_thread::sleep_for(std::chrono::microseconds(100));
  if (faults.syncs_to_fail > 0 && faults.syncs_to_fail-- > 0) return SQLITE_IOERR_FSYNC;
  if (fails(faults.syncs_until_error)) return SQLITE_IOERR_FSYNC;
  return below(file)->pMethods->xSync(below(file), flags);
}

const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = [](sqlite3_file* f) { return below(f)->pMethods->xClose(below(f)); },
    .xRead = [](sqlite3_file* f, void* to, int n,
                sqlite3_int64 at) { return below(f)->pMethods->xRead(below(f), to, n, at); },
    .xWrite = write,
    .xTruncate = [](sqlite3_file* f,
                    sqlite3_int64 size) { return below(f)->pMethods->xTruncate(below(f), size); },
    .xSync = sync,
    .xFileSize = [](sqlite3_file* f,
                    sqlite3_int64* size) { return below(f)->pMethods->xFileSize(below(f), size); },
    .xLock = [](sqlite3_file* f, int level) { return below(f)->pMethods->xLock(below(f), level); },
    .xUnlock = [](sqlite3_file* f, int level) { return below(f)->pMethods->xUnlock(below(f), level); },
    .xCheckReservedLock = [](sqlite3_file* f,
                             int* out) { return below(f)->pMethods->xCheckReservedLock(below(f), out); },
    .xFileControl = [](sqlite3_file* f, int op,
                       void* arg) { return below(f)->pMethods->xFileControl(below(f), op, arg); },
    .xSectorSize = [](sqlite3_file* f) { return below(f)->pMethods->xSectorSize(below(f)); },
    .xDeviceCharacteristics =
        [](sqlite3_file* f) { return below(f)->pMethods->xDeviceCharacteristics(below(f)); },
    .xShmMap = nullptr,
    .xShmLock = nullptr,
    .xShmBarrier = nullptr,
    .xShmUnmap = nullptr,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  const int status = real->xOpen(real, name, below(file), flags, out_flags);
  file->pMethods = below(file)->pMethods ? &methods : nullptr;
  return status;
}

}  // namespace

Faults& faulty_vfs() {
  if (real) return faults;
  real = sqlite3_vfs_find(nullptr);
  vfs = *real;
  vfs.zName = kFaultyVfs;
  vfs.pNext = nullptr;
  vfs.szOsFile = static_cast<int>(sizeof(File)) + real->szOsFile;
  vfs.xOpen = open;
  sqlite3_vfs_register(&vfs, 0);
  return faults;
}

}  // namespace wws::kv
