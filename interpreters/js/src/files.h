// The user's files, as they come on standard input (docs/formats/user-files.md).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "imports.h"

namespace wws::js {

/// All files of one script, and which of them is the worker's own. Kept for imports in requests.
class Files {
 public:
  /// Reads standard input to its end; std::nullopt: it holds no such list.
  static std::optional<Files> read();

  /// The name of the worker's own file; there is one of that name.
  const std::string& entry() const noexcept { return entry_; }
  const Imports& imports() const noexcept { return imports_; }
  /// The worker's variables: a list (filled.h), which may be empty.
  const std::string& variables() const noexcept { return variables_; }
  /// Names of its namespaces of the key-value store: a list without values, which may be empty.
  const std::string& bindings() const noexcept { return bindings_; }
  /// Null: there is no such file.
  const std::string* find(std::string_view name) const noexcept;
  /// Whether the content of any file has this text.
  bool mention(std::string_view text) const noexcept;

  struct File {
    std::string name;
    std::string content;
  };
  const std::vector<File>& all() const noexcept { return files_; }

 private:
  bool take_nameless(int place, std::string_view content);

  std::string entry_;
  Imports imports_;
  std::string variables_;
  std::string bindings_;
  std::vector<File> files_;
};

}  // namespace wws::js
