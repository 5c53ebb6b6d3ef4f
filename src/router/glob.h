// Globs for --ignore, matched against paths relative to the project's root.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace wws::router {

/// A compiled glob. `*` and `?` match within one part of a path, `**` any number of parts, `[abc]`,
/// `[a-z]` and `[!a]` one character of a set, `{a,b}` either text; `\` takes the next character as it is.
/// A glob that matches a folder matches all in it.
class Glob {
 public:
  /// kBadUsage says what is wrong and at which character.
  [[nodiscard]] static Result<Glob> parse(std::string_view text);

  /// `path` has '/' between its parts and none at its ends.
  [[nodiscard]] bool matches(std::string_view path) const;

 private:
  /// One alternative of the braces: its parts between slashes.
  using Pattern = std::vector<std::string>;
  std::vector<Pattern> patterns_;
};

}  // namespace wws::router
