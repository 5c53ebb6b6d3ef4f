// Memory of a fixed size that processes share.
#pragma once

#include <cstddef>

#include "base/file.h"
#include "base/result.h"

namespace wws::base {

/// New memory of `size` zeros, without a name but for people (`name`). Sealed against becoming shorter, which
/// would end whoever reads there, against growing and against further seals. kIo: the system has none.
[[nodiscard]] Result<File> make_sealed_memory(const char* name, std::size_t size);

/// Whether this, which another process sent, is such memory of that size.
[[nodiscard]] bool is_sealed_memory(const File& memory, std::size_t size) noexcept;

}  // namespace wws::base
