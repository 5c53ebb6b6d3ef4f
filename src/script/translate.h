// TypeScript and JSX to JavaScript.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "script/settings.h"

namespace wws::script {

/// Whether a file is no JavaScript yet, by its name: TypeScript (.ts, .mts, .tsx), or with JSX (.tsx, .jsx).
/// Declarations are no scripts.
[[nodiscard]] bool is_translated(std::string_view file) noexcept;
/// Whether it has nothing but types, for editors: .d.ts.
[[nodiscard]] bool is_declaration(std::string_view file) noexcept;
/// Whether JSX may be in it.
[[nodiscard]] bool may_have_jsx(std::string_view file) noexcept;

/// A part of every key of what is made of translated files: other than before when translate() may make
/// something else of them.
[[nodiscard]] std::string_view version() noexcept;

/// JavaScript, and for the engine where it comes from (docs/formats/user-files.md).
struct Translated {
  std::string code;
  std::string positions;
};

/// What `source` is follows from the name. kBadModule tells in one line what is wrong, each
/// thing with file, line and column.
///
/// A hostile file can overflow the stack (script/large_stack.h) and take time and memory: in processes that
/// can be spared.
[[nodiscard]] Result<Translated> translate(const Settings& settings, std::string_view file,
                                           std::string_view source);

}  // namespace wws::script
