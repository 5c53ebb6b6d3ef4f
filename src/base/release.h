// Giving memory back.
#pragma once

#include <string>

namespace wws::base {

/// Empties a string and gives its memory back, which assigning an empty one does not.
inline void release(std::string& text) noexcept { std::string().swap(text); }

}  // namespace wws::base
