// Pages for the documentation.
#pragma once

#include <string>

#include "reference/page.h"

namespace wws::reference {

/// CommonMark with GitHub's tables. Its links are relative to docs/reference/.
[[nodiscard]] std::string to_markdown(const Page& page);

}  // namespace wws::reference
