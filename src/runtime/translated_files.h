// User's files as the JavaScript engine takes them: TypeScript and JSX translated.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace wws::runtime {

/// The list (docs/formats/user-files.md) with JavaScript in the place of every file that is none yet,
/// followed by where that comes from; the same list where there is no such file. What tsconfig.json says is
/// found in the list too. kBadModule tells in one line what is wrong.
///
/// In a compile child: files may be hostile. One that is nested too deeply ends the process, with status 1
/// and a line on standard error.
[[nodiscard]] Result<std::string> translate_files(std::string list);

/// The path of the tsconfig.json that is for a file: the nearest one in its folder and those above, of which
/// `exists` tells; empty: there is none.
template <typename Exists>
[[nodiscard]] std::string config_of(std::string_view file, Exists exists) {
  for (std::string_view folder = file; !folder.empty();) {
    const std::size_t slash = folder.rfind('/');
    folder = slash == std::string_view::npos ? std::string_view() : folder.substr(0, slash);
    std::string config = folder.empty() ? "tsconfig.json" : std::string(folder) + "/tsconfig.json";
    if (exists(config)) return config;
  }
  return {};
}

}  // namespace wws::runtime
