// What scripts in TypeScript, and with JSX, import.
#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/file.h"
#include "runtime/script_resolver.h"
#include "runtime/translated_files.h"
#include "runtime/typescript_names.h"
#include "script/translate.h"

namespace wws::runtime {
namespace {

constexpr std::size_t kLargestConfig = std::size_t{1} << 20;
/// Longer chains are loops.
constexpr std::size_t kMostConfigs = 16;

/// Of a tsconfig.json in this folder, behind those that extend it: what they say themselves goes first.
void add_places(TypeScriptConfigs& configs, const TypeScriptConfig& config, const std::string& folder) {
  if (!configs.base && !config.base_url.empty()) configs.base = ProjectTree::join(folder, config.base_url);
  if (configs.paths_of || !config.paths) return;
  configs.paths = *config.paths;
  configs.paths_of = configs.base.value_or(folder);
}

}  // namespace

std::optional<ResolvedImport> ScriptResolver::typescript_path(const std::string& folder,
                                                              std::string_view name) {
  auto path = ProjectTree::join(folder, name);
  if (!path || tree_.has_file(*path)) return std::nullopt;
  const bool is_folder =
      name.ends_with('/') || name == "." || name == ".." || name.ends_with("/.") || name.ends_with("/..");
  if (is_folder && !path->empty()) *path += '/';
  for (const std::string& each : typescript_names(*path)) {
    if (tree_.has_file(each)) return found(each);
  }
  return std::nullopt;
}

std::optional<ResolvedImport> ScriptResolver::mapped_file(const std::string& folder, std::string_view place) {
  const std::string name = place.starts_with('.') ? std::string(place) : "./" + std::string(place);
  if (auto typescript = typescript_path(folder, name)) return typescript;
  const auto path = ProjectTree::join(folder, name);
  return path && tree_.has_file(*path) ? std::optional(found(*path)) : std::nullopt;
}

std::optional<ResolvedImport> ScriptResolver::mapped_name(const std::string& importer,
                                                          std::string_view name) {
  if (name.empty() || name.starts_with('#') || name.starts_with("node:") || name.starts_with("wws:"))
    return std::nullopt;
  const TypeScriptConfigs& configs = configs_of(importer);
  if (configs.paths_of) {
    for (const std::string& place : mapped_places(configs.paths, name)) {
      if (auto file = mapped_file(*configs.paths_of, place)) return file;
    }
  }
  return configs.base ? mapped_file(*configs.base, name) : std::nullopt;
}

ScriptKind ScriptResolver::typescript_kind_of(const std::string& file) {
  // Where JSX is, an import is made for it.
  if (file.ends_with(".mts") || script::may_have_jsx(file)) return ScriptKind::kModule;
  const ScriptText& text = text_of(file);
  return text.is_common_js && !text.is_module ? ScriptKind::kCommonJs : ScriptKind::kModule;
}

const TypeScriptConfigs& ScriptResolver::configs_of(const std::string& file) {
  const std::string nearest =
      config_of(file, [this](const std::string& path) { return tree_.has_file(path); });
  const auto [known, is_new] = configs_.try_emplace(nearest);
  TypeScriptConfigs& configs = known->second;
  if (!is_new || nearest.empty()) return configs;
  configs.files.push_back(nearest);
  for (std::size_t i = 0; i < configs.files.size() && configs.files.size() < kMostConfigs; ++i) {
    const auto text = base::read_file(tree_.root() / configs.files[i], kLargestConfig);
    if (!text) continue;
    const TypeScriptConfig config = read_typescript_config(*text);
    configs.jsx_sources.insert(configs.jsx_sources.end(), config.jsx_sources.begin(),
                               config.jsx_sources.end());
    add_places(configs, config, ProjectTree::folder_of(configs.files[i]));
    for (const std::string& name : config.extends) {
      if (!name.starts_with("./") && !name.starts_with("../")) continue;
      auto path = ProjectTree::join(ProjectTree::folder_of(configs.files[i]), name);
      if (path && !path->ends_with(".json")) *path += ".json";
      if (path && tree_.has_file(*path) && std::ranges::find(configs.files, *path) == configs.files.end())
        configs.files.push_back(*path);
    }
  }
  return configs;
}

}  // namespace wws::runtime
