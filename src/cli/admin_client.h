// Asking a running server's admin interface.
#pragma once

#include <string>

#include "base/result.h"
#include "supervisor/admin_socket.h"

namespace wws::cli {

/// The body of what it answers to a GET; waits for it, for some seconds. kIo: nobody answers; kBadUsage: it
/// wants another token. Any other answer than 200 is an error too.
[[nodiscard]] Result<std::string> ask_admin(const supervisor::AdminPlace& place, const std::string& token,
                                            const std::string& path);

}  // namespace wws::cli
