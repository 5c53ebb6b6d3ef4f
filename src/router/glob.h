// Globs for --ignore, matched against paths relative to the project's root (docs/routing.md).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace wws::router {

/// Which characters a step takes, as ranges of code points.
struct GlobCharacters {
  std::vector<std::pair<char32_t, char32_t>> ranges;
  bool others = false;       ///< all but the ranges
  bool slash = false;        ///< '/' too
  bool either_case = false;  ///< of ASCII letters

  [[nodiscard]] bool hold(char32_t character) const noexcept;
};

/// A state of a machine that is in many at once (Thompson's construction).
struct GlobStep {
  enum class Kind { kCharacter, kFork, kEnd };
  Kind kind = Kind::kCharacter;
  GlobCharacters characters;  ///< kCharacter
  std::size_t next = 0;
  std::size_t other = 0;  ///< kFork: as well as `next`
};

/// A compiled glob, by the rules of the original (the crate Wax): `*` and `$` stand for any text and `?` for
/// one character within one part of a path, `**` for any number of parts, `[abc]`, `[a-z]` and `[!a]` for one
/// character of a set, `{a,b}` for either, `<a:1,2>` for a repetition; after `(?i)` case does not count,
/// after
/// `(?-i)` it does; `\` takes the next character as it is. The whole path has to match: a glob that matches a
/// folder says nothing of what is in it.
///
/// Immutable: safe to share. Matching takes time in proportion to the path's length, for any glob.
class Glob {
 public:
  /// kBadUsage says what is wrong and at which character.
  [[nodiscard]] static Result<Glob> parse(std::string_view text);

  /// `path` has '/' between its parts and none at its ends.
  [[nodiscard]] bool matches(std::string_view path) const;

  /// True when it matches all that can be below a folder that it matches.
  [[nodiscard]] bool covers_below(std::string_view folder) const;

  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  friend class GlobCompiler;

  void enter(std::size_t step, std::vector<bool>& states) const;

  std::string text_;
  std::vector<GlobStep> steps_;
};

}  // namespace wws::router
