#include "runtime/script_files.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <system_error>

#include "base/file.h"
#include "runtime/script_imports.h"

namespace wws::runtime {
namespace fs = std::filesystem;
namespace {

/// Larger ones are read, and refused, where sources are read.
constexpr std::size_t kLargestScript = std::size_t{64} << 20;
/// More files than a script has by intent.
constexpr std::size_t kMostFiles = 10'000;

bool is_path(std::string_view name) {
  return name.starts_with("./") || name.starts_with("../") || name.starts_with('/');
}

/// The file of the project that `name` means in `importer`; std::nullopt: there is none.
std::optional<std::string> find_exactly(const fs::path& root, const fs::path& importer,
                                        std::string_view name) {
  if (!is_path(name) || name.find('\0') != std::string_view::npos) return std::nullopt;
  const fs::path relative =
      (name.starts_with('/') ? fs::path(name.substr(1)) : importer.parent_path() / name).lexically_normal();
  if (relative.empty() || relative.is_absolute() || *relative.begin() == "..") return std::nullopt;
  std::error_code error;
  const fs::path real = fs::canonical(root / relative, error);
  if (error || !fs::is_regular_file(real, error)) return std::nullopt;
  // A link is followed while it stays inside of the project.
  if (std::mismatch(root.begin(), root.end(), real.begin(), real.end()).first != root.end())
    return std::nullopt;
  return relative.string();
}

/// The same, or a file that was probably meant: the engine names it.
std::optional<std::string> find_file(const fs::path& root, const fs::path& importer,
                                     const std::string& name) {
  for (const std::string_view ending : {"", ".js", ".mjs", "/index.js"}) {
    if (auto found = find_exactly(root, importer, name + std::string(ending))) return found;
  }
  return std::nullopt;
}

}  // namespace

bool is_javascript(const std::string& file) { return file.ends_with(".js") || file.ends_with(".mjs"); }

std::vector<std::string> script_files(const fs::path& root, const std::string& script) {
  std::vector<std::string> files{script};
  for (std::size_t i = 0; i < files.size() && files.size() < kMostFiles; ++i) {
    const fs::path importer = files[i];
    if (!is_javascript(files[i])) continue;
    const auto text = base::read_file(root / importer, kLargestScript);
    if (!text) continue;
    for (const std::string& name : imported_names(*text)) {
      const auto found = find_file(root, importer, name);
      if (found && std::ranges::find(files, *found) == files.end()) files.push_back(*found);
    }
  }
  return files;
}

}  // namespace wws::runtime
