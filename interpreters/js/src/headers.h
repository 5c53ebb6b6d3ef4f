// The interface Headers.
#pragma once

#include <memory>

#include "header_list.h"
#include "value.h"

namespace wws::js {

/// A Headers of a list that is somebody's.
Value make_headers(std::shared_ptr<HeaderList> list);

/// Adds what `init` names, as the constructor takes it; undefined: nothing. False: an exception waits.
bool fill_headers(HeaderList& list, JSValueConst init);

}  // namespace wws::js
