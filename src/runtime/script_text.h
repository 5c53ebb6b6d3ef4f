// What a script in JavaScript says of itself, as far as its text tells without running it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wws::runtime {

/// Packages may have another file for each.
enum class ImportStyle {
  kImport,   ///< `import ... from "NAME"`, `import "NAME"`, `export ... from "NAME"`, `import("NAME")`
  kRequire,  ///< `require("NAME")`
};

struct ImportedName {
  std::string name;
  ImportStyle style = ImportStyle::kImport;
  bool operator==(const ImportedName&) const = default;
};

struct ScriptText {
  std::vector<ImportedName> imports;  ///< each once, in order
  bool is_module = false;             ///< it has `import` or `export` of its own, not only `import()`
  bool is_common_js = false;          ///< it assigns to `module.exports` or `exports`
  std::vector<std::string> exports;   ///< names that it gives to `exports`, each once
  /// What it gives the exports of, by `require`: `module.exports = require("NAME")` and the like.
  std::vector<std::string> exports_of;
  std::vector<std::string> jsx_sources;  ///< what comments name for JSX (runtime/typescript_names.h)
};

/// A scan for words and not a parser: comments, texts, templates and regular expressions are passed over, and
/// what stands in a block for another NODE_ENV than "production". It may give a name that is none, where the
/// script is no JavaScript or a name is written with escapes; who resolves them says that one is missing.
/// Linear in the size of the script.
[[nodiscard]] ScriptText read_script(std::string_view script);

}  // namespace wws::runtime
