// What a script in JavaScript imports, as far as its text tells without running it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wws::runtime {

/// The names in `import ... from "NAME"`, `import "NAME"`, `export ... from "NAME"` and `import("NAME")`, in
/// order.
///
/// A scan for words and not a parser: comments, texts, templates and regular expressions are passed over. It
/// may give a name that is none, where the script is no JavaScript or a name is written with escapes; the
/// engine, which resolves names itself, is who says that one is missing. Linear in the size of the script.
[[nodiscard]] std::vector<std::string> imported_names(std::string_view script);

}  // namespace wws::runtime
