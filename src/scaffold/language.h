// The languages of `wws new`, and what a project in each needs.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace wws::scaffold {

/// A language that workers can be written in.
struct Language {
  std::string_view id;      ///< as in `--lang` and kits/
  std::string_view title;   ///< for people
  std::string_view worker;  ///< the file to begin with, relative to the project's folder
  std::string_view build;   ///< the command that builds it, in the project's folder (see build_command());
                            ///< empty: there is nothing to build
  std::string_view serve;   ///< the one that serves it
  std::string_view route;   ///< where it answers then, without the slash
};

/// Those that the server runs as they are: no kit, no compiler, and npm's packages if one likes.
[[nodiscard]] constexpr bool is_script(const Language& language) noexcept { return language.build.empty(); }

/// All of them. Static lifetime.
[[nodiscard]] std::span<const Language> languages() noexcept;
/// By its id or another name that is usual, such as "c++", in any case. Null: there is no kit for it.
[[nodiscard]] const Language* find_language(std::string_view name) noexcept;

/// The command that builds it here: Zig from Python's package index is a program of another name,
/// `python-zig`. Looks for programs in `path`, a list as in the variable PATH.
[[nodiscard]] std::string build_command(const Language& language, std::string_view path);

/// What is missing to build in this language, and how to get it: one line. None: it is all there.
/// Looks for programs in `path`, a list as in the variable PATH, and asks Rust for its targets.
[[nodiscard]] std::optional<std::string> missing_toolchain(const Language& language, std::string_view path);

}  // namespace wws::scaffold
