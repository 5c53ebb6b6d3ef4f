#include "folders/file_stat.h"

namespace wws::folders {
namespace {

constexpr std::uint64_t kNanoseconds = 1'000'000'000;

/// Times before 1970 have no form in WASI.
std::uint64_t to_timestamp(const timespec& time) noexcept {
  if (time.tv_sec < 0) return 0;
  return static_cast<std::uint64_t>(time.tv_sec) * kNanoseconds + static_cast<std::uint64_t>(time.tv_nsec);
}

timespec to_timespec(std::uint64_t timestamp, bool set, bool now) noexcept {
  if (now) return {0, UTIME_NOW};
  if (!set) return {0, UTIME_OMIT};
  return {static_cast<time_t>(timestamp / kNanoseconds), static_cast<long>(timestamp % kNanoseconds)};
}

}  // namespace

wasi::Filetype to_filetype(mode_t mode) noexcept {
  if (S_ISREG(mode)) return wasi::Filetype::kRegularFile;
  if (S_ISDIR(mode)) return wasi::Filetype::kDirectory;
  if (S_ISLNK(mode)) return wasi::Filetype::kSymbolicLink;
  if (S_ISCHR(mode)) return wasi::Filetype::kCharacterDevice;
  if (S_ISBLK(mode)) return wasi::Filetype::kBlockDevice;
  return S_ISSOCK(mode) ? wasi::Filetype::kSocketStream : wasi::Filetype::kUnknown;
}

wasi::Filestat to_filestat(const struct stat& stat) noexcept {
  wasi::Filestat result{};
  result.device = stat.st_dev;
  result.inode = stat.st_ino;
  result.filetype = to_filetype(stat.st_mode);
  result.link_count = stat.st_nlink;
  result.size = static_cast<std::uint64_t>(stat.st_size);
  result.access_time = to_timestamp(stat.st_atim);
  result.modification_time = to_timestamp(stat.st_mtim);
  result.change_time = to_timestamp(stat.st_ctim);
  return result;
}

Errno to_times(std::uint64_t access, std::uint64_t modification, std::uint32_t fstflags,
               Times& times) noexcept {
  using namespace wasi::fstflags;
  const auto has = [fstflags](std::uint32_t flag) { return (fstflags & flag) != 0; };
  if ((fstflags & ~kAll) != 0 || (has(kAccess) && has(kAccessNow)) ||
      (has(kModification) && has(kModificationNow)))
    return Errno::kInval;
  times = {to_timespec(access, has(kAccess), has(kAccessNow)),
           to_timespec(modification, has(kModification), has(kModificationNow))};
  return Errno::kSuccess;
}

}  // namespace wws::folders
