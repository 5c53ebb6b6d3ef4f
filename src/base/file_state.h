// Whether a file is as it was.
#pragma once

#include <sys/stat.h>

#include <string>

namespace wws::base {

/// Another text when the file is another one, or its content, owner or mode may be others; nothing of it is
/// read. Changes within one step of the file system's clock, a few milliseconds, may have the same.
[[nodiscard]] std::string file_state(const struct stat& status);

}  // namespace wws::base
