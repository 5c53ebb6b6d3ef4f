// The text of redis_functions.lua.
#pragma once

#include <string_view>

namespace wws::kv {

extern const std::string_view kRedisFunctions;

}  // namespace wws::kv
