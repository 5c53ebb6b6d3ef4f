// What is told of files and set on them, from the system's form to WASI's and back. Private to this folder.
#pragma once

#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <ctime>

#include "folders/wasi_errno.h"

namespace wws::folders {

[[nodiscard]] wasi::Filetype to_filetype(mode_t mode) noexcept;
[[nodiscard]] wasi::Filestat to_filestat(const struct stat& stat) noexcept;

/// Of the last access and the last change, as utimensat(2) takes them.
using Times = std::array<timespec, 2>;
/// kInval: flags that exclude each other, or are none.
[[nodiscard]] Errno to_times(std::uint64_t access, std::uint64_t modification, std::uint32_t fstflags,
                             Times& times) noexcept;

}  // namespace wws::folders
