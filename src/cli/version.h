// What the program says of itself, for bug reports.
#pragma once

#include <string>

namespace wws::cli {

/// Lines "name  value": the build, its libraries, and what this system has of what the server uses. Nothing
/// that names the machine or its user.
[[nodiscard]] std::string build_report();

}  // namespace wws::cli
