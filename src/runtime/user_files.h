// The list in which a module gets its user's files (docs/formats/user-files.md).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace wws::runtime {

/// A view into the list, or of what is to be added to one.
struct UserFile {
  std::string_view name;
  std::string_view content;
};

/// Adds a file to the end of a list. Both parts are shorter than 4 GiB.
void append_user_file(std::string& list, UserFile file);

/// All of a list, in its order, the nameless one too. kBadModule: it is none.
[[nodiscard]] Result<std::vector<UserFile>> read_user_files(std::string_view list);

}  // namespace wws::runtime
