// The socket in the store's folder by which people reach a store that a server has.
#pragma once

#include <filesystem>

#include "base/file.h"
#include "base/result.h"

namespace wws::store {

/// The name of the socket.
inline constexpr const char* kDoor = "socket";

/// Listens there, in place of what another server left. For its own user alone. To be called by who has the
/// store: nobody else listens then. kIo: what is in the way.
[[nodiscard]] Result<base::File> open_door(const std::filesystem::path& folder);
/// Connects to the server that listens there. kIo: none does.
[[nodiscard]] Result<base::File> connect_to_door(const std::filesystem::path& folder);

}  // namespace wws::store
