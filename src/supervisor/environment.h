// Environment variables by which whoever starts the server speaks to it, and to nobody else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace wws::supervisor {

/// The variable's value, which is not in the environment any more; empty: it was not set. One thread.
[[nodiscard]] std::string take_variable(const char* name);

/// A whole number in decimal digits and nothing else.
[[nodiscard]] std::optional<std::uint64_t> to_number(const std::string& text);

}  // namespace wws::supervisor
