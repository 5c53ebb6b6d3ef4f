// The file of the access log.
#pragma once

#include <string>

#include "base/file.h"
#include "base/result.h"

namespace wws::supervisor {

/// Opens it for appending; makes it if it is not there, for its owner to write and its group to read. Nothing
/// that is written there ever waits. kIo says why it cannot be had: also a pipe (FIFO) that nobody reads.
[[nodiscard]] Result<base::File> open_access_log(const std::string& path);

}  // namespace wws::supervisor
