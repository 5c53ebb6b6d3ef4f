// What the names in the script's imports mean, as the server found it (docs/formats/user-files.md).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace wws::js {

enum class ImportStyle : char { kImport = 0, kRequire = 1, kExport = 2 };

/// What an import gives; kExport is of records that name an export, in both.
enum class ImportKind : char {
  kMissing = 0,
  kModule = 1,
  kCommonJs = 2,
  kData = 3,
  kNodeModule = 4,
  kNothing = 5,
  kExport = 6,
};

/// The records of the server, to look up. Moves, but is not copied: its entries refer to its text.
class Imports {
 public:
  struct Entry {
    std::string_view importer;
    std::string_view name;
    ImportStyle style = ImportStyle::kImport;
    ImportKind kind = ImportKind::kMissing;
    std::string_view target;  ///< a file, the name of one of Node's modules, or what is wrong
  };

  /// False: the text is no such list.
  bool read(std::string_view text);

  /// Null: the server has not seen that import.
  const Entry* find(std::string_view importer, std::string_view name, ImportStyle style) const noexcept;
  /// What kind of script a file is; kData for one that no import leads to.
  ImportKind kind_of(std::string_view file) const noexcept;
  /// Whether a module of Node's is imported.
  bool has_node_modules() const noexcept;
  /// Names that a script with `module.exports` exports.
  std::vector<std::string_view> exports_of(std::string_view file) const;

 private:
  struct File {
    std::string_view name;
    ImportKind kind = ImportKind::kData;
  };

  std::vector<char> text_;
  std::vector<Entry> entries_;  ///< sorted
  std::vector<File> files_;     ///< sorted
};

}  // namespace wws::js
