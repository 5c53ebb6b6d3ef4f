// What a name in an import means.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "runtime/project_tree.h"
#include "runtime/script_text.h"
#include "runtime/typescript_names.h"

namespace wws::runtime {

class PackageJson;

/// What an import gives. The numbers are those of docs/formats/user-files.md.
enum class ScriptKind : char {
  kMissing = 0,     ///< nothing, and why
  kModule = 1,      ///< a script with `import` and `export`
  kCommonJs = 2,    ///< a script with `require` and `module.exports`
  kData = 3,        ///< JSON, text, bytes: the name and the import's attributes tell
  kNodeModule = 4,  ///< one of Node's that the engine has
  kNothing = 5,     ///< an object without properties
};

struct ResolvedImport {
  ScriptKind kind = ScriptKind::kMissing;
  std::string target{};  ///< the file; of Node's modules the name without `node:`; what is wrong
};

/// The tsconfig.json that is nearest to a file, and those of the project that it extends.
struct TypeScriptConfigs {
  std::vector<std::string> files;
  std::vector<std::string> jsx_sources;  ///< that they name
  std::optional<std::string> base{};     ///< the folder of "baseUrl"; none: they have none
  std::optional<std::string>
      paths_of{};  ///< the folder from which places of `paths` are; none: they have none
  std::vector<MappedName> paths{};
};

/// Whether a file is a script in JavaScript, or what becomes one: a worker's, or one that is imported alone.
[[nodiscard]] bool is_script(std::string_view file);

/// Finds what scripts import by Node's rules, with the conditions of platforms like this one
/// (docs/javascript.md, "Packages"), inside of the project and never outside. Each file is looked at once:
/// for one look at a project, all its scripts. One thread.
class ScriptResolver {
 public:
  /// `root` is absolute, and no link.
  explicit ScriptResolver(std::filesystem::path root) : tree_(std::move(root)) {}

  /// What `import` means in the file `importer`.
  [[nodiscard]] const ResolvedImport& resolve(const std::string& importer, const ImportedName& import);
  /// What kind of script a file of the project is.
  [[nodiscard]] ScriptKind kind_of(const std::string& file);
  /// What a script says of itself; nothing, if it cannot be read.
  [[nodiscard]] const ScriptText& text_of(const std::string& file);
  /// The settings of a file in TypeScript or with JSX.
  [[nodiscard]] const TypeScriptConfigs& configs_of(const std::string& file);
  /// How large the scripts are together that were read.
  [[nodiscard]] std::size_t bytes_read() const noexcept { return bytes_read_; }

 private:
  using Package = std::shared_ptr<const PackageJson>;  ///< null: there is none

  [[nodiscard]] ResolvedImport resolve_anew(const std::string& folder, const ImportedName& import);
  [[nodiscard]] ResolvedImport path(const std::string& folder, const ImportedName& import);
  /// Where TypeScript has more names for a file than its own.
  [[nodiscard]] std::optional<ResolvedImport> typescript_path(const std::string& folder,
                                                              std::string_view name);
  /// What "paths" and "baseUrl" of its settings say of a name that is no path.
  [[nodiscard]] std::optional<ResolvedImport> mapped_name(const std::string& importer, std::string_view name);
  [[nodiscard]] std::optional<ResolvedImport> mapped_file(const std::string& folder, std::string_view place);
  [[nodiscard]] ScriptKind typescript_kind_of(const std::string& file);
  [[nodiscard]] ResolvedImport bare(const std::string& folder, const ImportedName& import);
  /// The same, whatever the package that it is in has for browsers.
  [[nodiscard]] ResolvedImport installed(const std::string& folder, const ImportedName& import);
  [[nodiscard]] ResolvedImport private_name(const std::string& folder, const ImportedName& import);
  [[nodiscard]] ResolvedImport in_package(const std::string& folder, std::string_view subpath,
                                          const ImportedName& import);
  [[nodiscard]] ResolvedImport exported(const PackageJson& package, std::string_view subpath,
                                        const ImportedName& import);
  [[nodiscard]] ResolvedImport target_in(const PackageJson& package, const std::string& target);
  /// What a package has for browsers in the place of one of its files; std::nullopt: nothing else.
  [[nodiscard]] std::optional<ResolvedImport> in_browsers(const Package& package, const std::string& path);
  [[nodiscard]] std::optional<std::string> find_file(const std::string& path);
  [[nodiscard]] std::optional<std::string> find_with_ending(const std::string& path);
  [[nodiscard]] std::optional<std::string> find_entry(const std::string& folder, const Package& package,
                                                      ImportStyle style);
  [[nodiscard]] std::optional<std::string> find_package(const std::string& folder, std::string_view name);
  [[nodiscard]] ResolvedImport found(const std::string& file);
  /// That of a folder, or of the nearest one around it.
  [[nodiscard]] Result<Package> package_at(const std::string& folder);
  [[nodiscard]] Result<Package> package_around(const std::string& folder);

  ProjectTree tree_;
  std::unordered_map<std::string, ResolvedImport> resolved_;
  std::unordered_map<std::string, ScriptText> texts_;
  std::unordered_map<std::string, TypeScriptConfigs> configs_;  ///< by the nearest one
  std::unordered_map<std::string, Result<Package>> packages_;
  std::size_t bytes_read_ = 0;
};

}  // namespace wws::runtime
