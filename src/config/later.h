// What the original has and this release does not have yet.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace wws::config {

/// Where a person asks for such a feature.
enum class LaterPlace {
  kFile,    ///< a file with this extension in the project
  kTable,   ///< a table of a worker's TOML
  kOption,  ///< of the command line
  kVerb,    ///< a word of the command line, before or behind PATH
  kScheme,  ///< what PATH begins with
};

/// One row: who writes `name` is told that there is no `feature` yet. It goes when its feature comes.
struct Later {
  LaterPlace place;
  std::string_view name;
  std::string_view feature;  ///< as in "this release has no ... yet"
};

/// All rows. Static lifetime.
[[nodiscard]] std::span<const Later> later_features() noexcept;

/// The row for `name`; null: there is none.
[[nodiscard]] const Later* find_later(LaterPlace place, std::string_view name) noexcept;

/// "this release has no TypeScript workers yet".
[[nodiscard]] std::string to_string(const Later& later);

}  // namespace wws::config
