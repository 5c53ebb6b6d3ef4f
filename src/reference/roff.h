// Pages as man(1) reads them.
#pragma once

#include <string>

#include "reference/page.h"

namespace wws::reference {

/// In the macros of man(7), for groff and mandoc. Has no date, so that it depends on nothing but the page.
[[nodiscard]] std::string to_roff(const Page& page);

}  // namespace wws::reference
