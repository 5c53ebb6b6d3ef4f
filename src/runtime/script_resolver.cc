#include "runtime/script_resolver.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/file.h"
#include "runtime/node_names.h"
#include "runtime/package_json.h"
#include "runtime/typescript_names.h"
#include "script/translate.h"

namespace wws::runtime {
namespace {

using namespace std::string_view_literals;

/// Larger ones are read, and refused, where sources are read.
constexpr std::size_t kLargestScript = std::size_t{64} << 20;
/// Longer than a name that somebody writes.
constexpr std::size_t kLongestName = 1000;
constexpr std::string_view kPackages = "node_modules";
/// In packages, names may go without.
constexpr std::array kEndings = {".js"sv, ".mjs"sv, ".cjs"sv, ".json"sv};

ResolvedImport missing(std::string why) { return {ScriptKind::kMissing, std::move(why)}; }

bool is_path(std::string_view name) {
  return name.starts_with('/') || name.starts_with("./") || name.starts_with("../") || name == "." ||
         name == "..";
}

/// Whether it is in a folder of packages.
bool is_of_package(std::string_view path) {
  return path.starts_with("node_modules/") || path.find("/node_modules/") != std::string_view::npos;
}

std::string_view last_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string below(const std::string& folder, std::string_view name) {
  return folder.empty() ? std::string(name) : fmt::format("{}/{}", folder, name);
}

/// A path as package.json files have it: from its folder, which it is in.
std::string from_package(const PackageJson& package, std::string_view path) {
  const std::size_t folder = package.folder().empty() ? 0 : package.folder().size() + 1;
  return fmt::format("./{}", path.substr(std::min(folder, path.size())));
}

ResolvedImport node_module(const std::string& name) {
  if (find_node_module(name) == NodeModule::kHere) return {ScriptKind::kNodeModule, name};
  return missing(instead_of_node_module(name));
}

/// The package of a name, and what it names in it.
std::pair<std::string_view, std::string_view> split(std::string_view name) {
  std::size_t end = name.find('/');
  if (name.starts_with('@') && end != std::string_view::npos) end = name.find('/', end + 1);
  if (end == std::string_view::npos) return {name, {}};
  return {name.substr(0, end), name.substr(end + 1)};
}

bool is_package_name(std::string_view name) {
  if (name.empty() || name.starts_with('.') || name.find_first_of("\\%:") != std::string_view::npos)
    return false;
  return !name.starts_with('@') || (name.find('/') != std::string_view::npos && !name.ends_with('/'));
}

}  // namespace

bool is_script(std::string_view file) {
  return file.ends_with(".js") || file.ends_with(".mjs") || file.ends_with(".cjs") ||
         script::is_translated(file);
}

const ResolvedImport& ScriptResolver::resolve(const std::string& importer, const ImportedName& import) {
  const std::string folder = ProjectTree::folder_of(importer);
  const bool is_typescript = script::is_translated(importer);
  std::string key = fmt::format("{}{}{}{}", folder, import.style == ImportStyle::kImport ? '\0' : '\1',
                                is_typescript ? '\0' : '\1', import.name);
  if (const auto known = resolved_.find(key); known != resolved_.end()) return known->second;
  std::optional<ResolvedImport> typescript;
  if (is_typescript) {
    typescript =
        is_path(import.name) ? typescript_path(folder, import.name) : mapped_name(importer, import.name);
  }
  ResolvedImport result = typescript ? std::move(*typescript) : resolve_anew(folder, import);
  return resolved_.emplace(std::move(key), std::move(result)).first->second;
}

ResolvedImport ScriptResolver::resolve_anew(const std::string& folder, const ImportedName& import) {
  const std::string& name = import.name;
  if (name.empty() || name.size() > kLongestName || name.find('\0') != std::string::npos)
    return missing("that is no name of a file or a package");
  if (name.starts_with("wws:")) return missing("this is a module of the engine's own");
  if (name.starts_with("node:")) return node_module(name.substr(5));
  if (name.starts_with('#')) return private_name(folder, import);
  return is_path(name) ? path(folder, import) : bare(folder, import);
}

ResolvedImport ScriptResolver::path(const std::string& folder, const ImportedName& import) {
  const auto path = ProjectTree::join(folder, import.name);
  if (!path) return missing("it is outside of the project");
  const bool is_free = is_of_package(folder + "/") || import.style == ImportStyle::kRequire;
  if (is_of_package(folder + "/")) {
    const auto package = package_around(folder);
    if (!package) return missing(package.error().message);
    if (auto other = in_browsers(*package, *path)) return std::move(*other);
  } else if (tree_.has_file(*path)) {
    return found(*path);  // by that name, links included
  }
  const auto file = find_file(*path);
  if (!file) return missing("there is no such file in the project");
  if (!is_free) return missing(fmt::format("there is no such file, but {}; name it in full", *file));
  return found(*file);
}

ResolvedImport ScriptResolver::bare(const std::string& folder, const ImportedName& import) {
  const auto around = package_around(folder);
  if (!around) return missing(around.error().message);
  if (const Package& package = *around) {
    if (const auto other = package->in_browsers(import.name)) {
      if (other->empty()) return {ScriptKind::kNothing};
      if (is_path(*other)) return target_in(*package, *other);
      return installed(folder, {*other, import.style});
    }
  }
  return installed(folder, import);
}

ResolvedImport ScriptResolver::installed(const std::string& folder, const ImportedName& import) {
  if (import.name.starts_with("node:")) return node_module(import.name.substr(5));
  const auto around = package_around(folder);
  if (!around) return missing(around.error().message);
  const NodeModule node = find_node_module(import.name);
  if (node == NodeModule::kHere) return {ScriptKind::kNodeModule, import.name};
  const auto [name, subpath] = split(import.name);
  if (!is_package_name(name)) return missing("that is no name of a file or a package");
  if (*around && (*around)->name() == name && (*around)->has_exports())
    return exported(**around, subpath, import);
  if (const auto package = find_package(folder, name)) return in_package(*package, subpath, import);
  if (node == NodeModule::kAbsent) return missing(instead_of_node_module(import.name));
  return missing(fmt::format(
      "there is no package {} in the project's node_modules; install it there (npm install {}), or write "
      "./{} for a file",
      name, name, import.name));
}

/// The nearest one, by its name without links.
std::optional<std::string> ScriptResolver::find_package(const std::string& folder, std::string_view name) {
  for (std::string around = folder;; around = ProjectTree::folder_of(around)) {
    if (last_of(around) != kPackages) {
      const std::string place = below(around, fmt::format("{}/{}", kPackages, name));
      if (tree_.has_folder(place)) return tree_.real(place);
    }
    if (around.empty()) return std::nullopt;
  }
}

ResolvedImport ScriptResolver::private_name(const std::string& folder, const ImportedName& import) {
  const auto package = package_around(folder);
  if (!package) return missing(package.error().message);
  if (!*package || !(*package)->has_imports())
    return missing("the nearest package.json has no \"imports\", where such names are");
  const PackageJson& around = **package;
  const auto target = around.imported(import.name, import.style, [&](const std::string& path) {
    return !is_path(path) || target_in(around, path).kind != ScriptKind::kMissing;
  });
  if (!target || target->starts_with('#'))
    return missing(
        fmt::format("{} has nothing by that name in \"imports\"", below(around.folder(), "package.json")));
  if (is_path(*target)) return target_in(around, *target);
  return installed(around.folder(), {*target, import.style});
}

ResolvedImport ScriptResolver::in_package(const std::string& folder, std::string_view subpath,
                                          const ImportedName& import) {
  const auto package = package_at(folder);
  if (!package) return missing(package.error().message);
  if (*package && (*package)->has_exports()) return exported(**package, subpath, import);
  std::optional<std::string> file;
  if (subpath.empty()) {
    file = find_entry(folder, *package, import.style);
  } else if (const auto path = ProjectTree::join(folder, fmt::format("./{}", subpath))) {
    if (auto other = in_browsers(*package, *path)) return std::move(*other);
    file = find_file(*path);
  }
  if (!file) {
    return missing(fmt::format("the package in {} has no {}", folder,
                               subpath.empty() ? "file that it begins with" : subpath));
  }
  if (auto other = in_browsers(*package, *file)) return std::move(*other);
  return found(*file);
}

ResolvedImport ScriptResolver::exported(const PackageJson& package, std::string_view subpath,
                                        const ImportedName& import) {
  const std::string name = subpath.empty() ? "." : fmt::format("./{}", subpath);
  const auto target = package.exported(name, import.style, [&](const std::string& path) {
    return target_in(package, path).kind != ScriptKind::kMissing;
  });
  if (!target) {
    return missing(fmt::format("{} exports nothing as \"{}\" for {}", below(package.folder(), "package.json"),
                               name, import.style == ImportStyle::kImport ? "import" : "require"));
  }
  return target_in(package, *target);
}

/// A file that a package names, as it is there.
ResolvedImport ScriptResolver::target_in(const PackageJson& package, const std::string& target) {
  const auto path = ProjectTree::join(package.folder(), target);
  const bool is_inside = path && !target.starts_with('/') &&
                         (package.folder().empty() || path->starts_with(package.folder() + "/"));
  if (!is_inside)
    return missing(
        fmt::format("{} names {}, which is no file of it", below(package.folder(), "package.json"), target));
  std::string inside = *path;
  if (const auto other = package.in_browsers(from_package(package, inside))) {
    if (other->empty()) return {ScriptKind::kNothing};
    if (const auto joined = ProjectTree::join(package.folder(), *other)) inside = *joined;
  }
  if (const auto file = find_file(inside)) return found(*file);
  return missing(
      fmt::format("{} names {}, which is not there", below(package.folder(), "package.json"), target));
}

std::optional<ResolvedImport> ScriptResolver::in_browsers(const Package& package, const std::string& path) {
  if (!package) return std::nullopt;
  const std::string name = from_package(*package, path);
  for (const std::string_view ending : {""sv, ".js"sv, "/index.js"sv}) {
    const auto other = package->in_browsers(fmt::format("{}{}", name, ending));
    if (!other) continue;
    if (other->empty()) return ResolvedImport{ScriptKind::kNothing};
    const auto joined = ProjectTree::join(package->folder(), *other);
    if (const auto file = joined ? find_file(*joined) : std::nullopt) return found(*file);
  }
  return std::nullopt;
}

std::optional<std::string> ScriptResolver::find_entry(const std::string& folder, const Package& package,
                                                      ImportStyle style) {
  const auto fields = style == ImportStyle::kImport ? std::array{"browser"sv, "module"sv, "main"sv}
                                                    : std::array{"browser"sv, "main"sv, "module"sv};
  for (const std::string_view field : fields) {
    const std::string_view name = package ? package->text(field) : "";
    const auto path = name.empty() ? std::nullopt : ProjectTree::join(folder, fmt::format("./{}", name));
    if (!path) continue;
    if (auto file = find_with_ending(*path)) return file;
    if (auto file = find_with_ending(below(*path, "index"))) return file;
  }
  return find_with_ending(below(folder, "index"));
}

std::optional<std::string> ScriptResolver::find_with_ending(const std::string& path) {
  if (tree_.has_file(path)) return tree_.real(path);
  for (const std::string_view ending : kEndings) {
    if (tree_.has_file(fmt::format("{}{}", path, ending)))
      return tree_.real(fmt::format("{}{}", path, ending));
  }
  return std::nullopt;
}

/// A file, one with an ending that was left out, or that with which a folder begins.
std::optional<std::string> ScriptResolver::find_file(const std::string& path) {
  if (auto file = find_with_ending(path)) return file;
  if (!tree_.has_folder(path)) return std::nullopt;
  const auto package = package_at(path);
  return find_entry(path, package ? *package : nullptr, ImportStyle::kImport);
}

ResolvedImport ScriptResolver::found(const std::string& file) { return {kind_of(file), file}; }

ScriptKind ScriptResolver::kind_of(const std::string& file) {
  if (!is_script(file)) return ScriptKind::kData;
  if (script::is_translated(file)) return typescript_kind_of(file);
  if (file.ends_with(".mjs")) return ScriptKind::kModule;
  if (file.ends_with(".cjs")) return ScriptKind::kCommonJs;
  const auto package = package_around(ProjectTree::folder_of(file));
  const std::string_view type = package && *package ? (*package)->type() : "";
  if (type == "module") return ScriptKind::kModule;
  // `npm init` writes "commonjs" into every project's.
  if (type == "commonjs" && is_of_package(file)) return ScriptKind::kCommonJs;
  const ScriptText& text = text_of(file);
  if (text.is_module) return ScriptKind::kModule;
  if (type == "commonjs") return ScriptKind::kCommonJs;
  return text.is_common_js || is_of_package(file) ? ScriptKind::kCommonJs : ScriptKind::kModule;
}

const ScriptText& ScriptResolver::text_of(const std::string& file) {
  if (const auto known = texts_.find(file); known != texts_.end()) return known->second;
  const auto text = base::read_file(tree_.root() / file, kLargestScript);
  if (text) bytes_read_ += text->size();
  ScriptText& known = texts_[file];
  if (text) known = read_script(*text);
  if (text && script::may_have_jsx(file)) known.jsx_sources = jsx_sources(*text);
  return known;
}

Result<ScriptResolver::Package> ScriptResolver::package_at(const std::string& folder) {
  if (const auto known = packages_.find(folder); known != packages_.end()) return known->second;
  Result<Package> package = Package();
  if (tree_.has_file(below(folder, "package.json"))) {
    auto read = PackageJson::read(tree_.root(), folder);
    if (read) {
      package = std::move(*read);
    } else {
      package = fail(read);
    }
  }
  return packages_.emplace(folder, std::move(package)).first->second;
}

Result<ScriptResolver::Package> ScriptResolver::package_around(const std::string& folder) {
  for (std::string around = folder; last_of(around) != kPackages; around = ProjectTree::folder_of(around)) {
    auto package = package_at(around);
    if (!package || *package || around.empty()) return package;
  }
  return Package();
}

}  // namespace wws::runtime
