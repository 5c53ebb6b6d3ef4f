// What `wws new` makes.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "scaffold/language.h"

namespace wws::scaffold {

/// `text` with the project's name in the place of each `@NAME@`, and for `@CRATE@` the same with `_` for `-`;
/// `@PACKAGE@`: in small letters.
[[nodiscard]] std::string with_name(std::string_view text, std::string_view name);

/// kBadUsage unless `name` can be the name of a folder, of a route and of a package in every language:
/// letters, digits, `-` and `_`, beginning with a letter, 40 at most.
[[nodiscard]] Result<void> check_name(std::string_view name);

/// Whether a project gets a package.json, which makes npm's commands and packages work in it.
enum class PackageFile { kNone, kWritten };

/// Makes the folder `parent/name` with a worker that answers and the kit it is built with, or what editors
/// need for a script. `package` is for scripts. The names of its files, in order. kBadUsage: the name, or
/// something of that name is there; kIo. What an error leaves is removed.
[[nodiscard]] Result<std::vector<std::string>> make_project(const std::filesystem::path& parent,
                                                            std::string_view name, const Language& language,
                                                            PackageFile package = PackageFile::kNone);

}  // namespace wws::scaffold
