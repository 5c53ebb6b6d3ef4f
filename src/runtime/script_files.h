// The files that a script is made of.
#pragma once

#include <string>
#include <vector>

namespace wws::runtime {

class ScriptResolver;

/// Whether a worker's file is a script in JavaScript.
[[nodiscard]] bool is_javascript(const std::string& file);

struct ScriptFiles {
  /// The script, the files of the project and of its packages that it imports, and those import, relative to
  /// the root.
  std::vector<std::string> files;
  std::string imports;  ///< what each name in them means (docs/formats/user-files.md)
  std::string problem;  ///< why that is not all of it; empty: it is
};

/// Reads the scripts among them. A name that means nothing is in `imports`: the engine says so where it is
/// imported.
[[nodiscard]] ScriptFiles script_files(ScriptResolver& resolver, const std::string& script);

}  // namespace wws::runtime
