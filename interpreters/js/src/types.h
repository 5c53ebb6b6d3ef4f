// The interfaces that are made by C++: their constructors, each to be asked for once.
#pragma once

#include "value.h"

namespace wws::js {

Value headers_type();
Value request_type();
Value response_type();

}  // namespace wws::js
