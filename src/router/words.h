// Which characters the name of a parameter may have.
#pragma once

#include <string_view>

namespace wws::router {

/// True for one or more letters, marks, digits and connecting punctuation of any script, such as `_`: what
/// `\w` stands for in Unicode (UTS 18, annex C).
[[nodiscard]] bool is_word(std::string_view text) noexcept;

}  // namespace wws::router
