// What the text of a script lets expect of it.
#pragma once

#include "files.h"

namespace wws::js {

/// Whether a script will need streams: one of its files names them, or something that makes one. Said of one
/// that needs none it costs some memory; not said of one that does, a request of it evaluates them.
bool mention_streams(const Files& files) noexcept;

/// Whether a script may use the global `Buffer`.
bool mention_buffer(const Files& files) noexcept;

}  // namespace wws::js
