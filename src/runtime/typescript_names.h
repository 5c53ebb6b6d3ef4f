// What TypeScript leaves unsaid in the text of a script: names as its compiler takes them, and what JSX
// imports.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wws::runtime {

/// What a path may mean that is imported by a TypeScript file, where there is no file of that very name, in
/// order: `x.js` also `x.ts`, and `x` also `x.ts` and `x/index.ts`. Empty, or with a slash at its end, it is
/// a folder.
[[nodiscard]] std::vector<std::string> typescript_names(std::string_view path);

/// The packages or folders that a script with JSX names in comments `@jsxImportSource NAME`; it imports
/// `NAME/jsx-runtime` of one. A scan for words: it may give a name too many.
[[nodiscard]] std::vector<std::string> jsx_sources(std::string_view script);

/// An entry of "paths".
struct MappedName {
  std::string pattern;
  std::vector<std::string> places;

  bool operator==(const MappedName&) const = default;
};

/// Where "paths" have a name, most specific pattern first: its places, with what `*` stands for. Empty:
/// nowhere.
[[nodiscard]] std::vector<std::string> mapped_places(const std::vector<MappedName>& paths,
                                                     std::string_view name);

/// What of a tsconfig.json says which files a script is made of. As above: no parser.
struct TypeScriptConfig {
  std::vector<std::string> extends;
  std::vector<std::string> jsx_sources;
  std::string base_url{};  ///< empty: there is none
  /// Names with at most one `*`, and where each may be, in the order of the text; none: it has no "paths".
  std::optional<std::vector<MappedName>> paths{};
};
[[nodiscard]] TypeScriptConfig read_typescript_config(std::string_view text);

}  // namespace wws::runtime
