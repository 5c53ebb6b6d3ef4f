// What is rare, and so is JavaScript, called from C++: the functions that src/web gives to provide().
#pragma once

#include <initializer_list>

#include "value.h"

namespace wws::js {

/// Calls the helper of this name.
Value call_helper(const char* name, std::initializer_list<JSValueConst> arguments) noexcept;

}  // namespace wws::js
