// The files that a script is made of.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace wws::runtime {

/// Whether a worker's file is a script in JavaScript.
[[nodiscard]] bool is_javascript(const std::string& file);

/// The script and the files of the project that it imports, and those import, relative to the root. What is
/// named in an import and is no file of the project is left out: the engine says that it is missing. Reads
/// the scripts among them.
[[nodiscard]] std::vector<std::string> script_files(const std::filesystem::path& root,
                                                    const std::string& script);

}  // namespace wws::runtime
