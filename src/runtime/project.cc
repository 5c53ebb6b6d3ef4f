#include "runtime/project.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "base/log.h"
#include "base/utf8.h"
#include "config/later.h"
#include "router/prefix.h"
#include "router/project_files.h"
#include "runtime/mounted_folders.h"
#include "runtime/public_place.h"
#include "runtime/script_files.h"
#include "runtime/script_resolver.h"
#include "script/translate.h"

namespace wws::runtime {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kLargestToml = std::size_t{1} << 20;

/// The text of a file that may be missing; a file that cannot be read is a diagnostic.
std::optional<std::string> read_optional(const fs::path& root, const std::string& file,
                                         config::Diagnostics& diagnostics) {
  auto text = base::read_file(root / file, kLargestToml);
  if (text) return std::move(*text);
  if (text.error().code != ErrorCode::kNotFound) {
    diagnostics.add({config::Severity::kError, file, 0, 0, "cannot be read: " + text.error().message});
  }
  return std::nullopt;
}

constexpr std::array<const char*, 2> kProjectFiles = {"wws.toml", ".wws.toml"};

/// From a file that need not be in the project. One in the root is not read beside it.
config::ProjectConfig read_named_config(const fs::path& root, const fs::path& file,
                                        config::Diagnostics& diagnostics) {
  const auto text = base::read_file(file, kLargestToml);
  if (!text) {
    diagnostics.add(
        {config::Severity::kError, file.string(), 0, 0, "cannot be read: " + text.error().message});
    return {};
  }
  for (const char* name : kProjectFiles) {
    std::error_code none;
    if (!fs::exists(root / name, none)) continue;
    if (!fs::equivalent(root / name, file, none))
      diagnostics.add({config::Severity::kWarning, name, 0, 0,
                       fmt::format("is not read: --config names {}", log::escaped(file.native()))});
    break;  // of two in the root, the scan reports the second
  }
  return config::parse_project_config(*text, file.string(), diagnostics);
}

/// Where a file is in the project; empty: outside of it.
std::string place_in(const fs::path& root, const fs::path& file) {
  std::error_code error;
  const fs::path relative = fs::canonical(file, error).lexically_relative(root);
  return error || relative.empty() || *relative.begin() == ".." ? "" : relative.string();
}

config::ProjectConfig read_project_config(const fs::path& root, const fs::path& named,
                                          config::Diagnostics& diagnostics) {
  if (!named.empty()) return read_named_config(root, named, diagnostics);
  for (const char* name : kProjectFiles) {
    if (const auto text = read_optional(root, name, diagnostics)) {
      return config::parse_project_config(*text, name, diagnostics);
    }
  }
  return {};
}

config::WorkerConfig read_worker_config(const fs::path& root, const std::string& worker,
                                        const config::Environment& environment,
                                        const config::ProjectConfig& project,
                                        config::Diagnostics& diagnostics) {
  const std::string file = fs::path(worker).replace_extension(".toml").string();
  const auto text = read_optional(root, file, diagnostics);
  // Without a file it is as with an empty one: the defaults, and the project's limits.
  auto worker_config =
      config::parse_worker_config(text.value_or(""), file, environment, project.limits, diagnostics);
  if (worker_config.fetch) config::bound(*worker_config.fetch, project.fetch.bounds, file, diagnostics);
  return worker_config;
}

constexpr std::array<const char*, 7> kWorkerExtensions = {".wasm", ".js",  ".mjs", ".ts",
                                                          ".mts",  ".tsx", ".jsx"};

/// The engine's own limit on nested calls, which a script can catch, comes first: WebAssembly's stack grows
/// by up to four times what the engine counts (interpreters/js/src/main.cc).
constexpr std::uint64_t kLeastScriptStack = std::uint64_t{1} << 20;

/// Of workers, and of files that the person may take for workers.
std::vector<std::string> extensions_to_find() {
  std::vector<std::string> extensions(kWorkerExtensions.begin(), kWorkerExtensions.end());
  for (const config::Later& later : config::later_features()) {
    if (later.place == config::LaterPlace::kFile) extensions.emplace_back(later.name);
  }
  return extensions;
}

/// Takes out what would be a worker in a later release; one diagnostic for each extension.
void leave_out_later_workers(std::vector<std::string>& files, config::Diagnostics& diagnostics) {
  for (const config::Later& later : config::later_features()) {
    if (later.place != config::LaterPlace::kFile) continue;
    const auto rest = std::ranges::stable_partition(
        files, [&](const std::string& file) { return !file.ends_with(later.name); });
    if (rest.empty()) continue;
    const std::size_t others = rest.size() - 1;
    diagnostics.add({config::Severity::kWarning, rest.front(), 0, 0,
                     fmt::format("{}: no route for this file{}; --ignore leaves out what is no worker",
                                 config::to_string(later),
                                 others == 0 ? ""
                                             : fmt::format(" and {} more {} file{}", others, later.name,
                                                           others == 1 ? "" : "s"))});
    files.erase(rest.begin(), rest.end());
  }
}

}  // namespace

Result<Project> load_project(const ProjectOptions& options, const config::Environment& environment,
                             config::Diagnostics& diagnostics) {
  Project project;
  std::error_code error;
  project.root = fs::canonical(options.root, error);
  if (error || !fs::is_directory(project.root)) {
    return fail(ErrorCode::kBadProject,
                fmt::format("{}: {}", options.root.string(),
                            error ? error.message() : "not a folder; name the one that it is in"));
  }
  if (!base::is_utf8(project.root.native())) {
    return fail(ErrorCode::kBadProject,
                fmt::format("{}: the name of the folder, or of one that it is in, is not UTF-8; rename it",
                            log::escaped(project.root.native())));
  }
  auto prefix = router::normalise_prefix(options.prefix);
  if (!prefix) return fail(prefix);
  project.prefix = std::move(*prefix);
  project.config = read_project_config(project.root, options.config, diagnostics);
  project.files = find_public_folder(project.root, project.config.files, diagnostics);
  const std::string files_folder = project.files.base == project.root ? project.files.folder : "";
  auto files = router::find_workers(project.root,
                                    {extensions_to_find(), options.ignore, files_folder,
                                     options.config.empty() ? "" : place_in(project.root, options.config)},
                                    diagnostics);
  if (!files) return fail(files);
  std::erase_if(*files, script::is_declaration);
  leave_out_later_workers(*files, diagnostics);
  std::vector<router::Route> routes;
  routes.reserve(files->size());
  for (const std::string& file : *files) routes.push_back(router::make_route(file, project.prefix));
  project.routes = router::RouteTable::build(std::move(routes), diagnostics);
  for (const router::Route& route : project.routes.routes()) {
    project.configs.push_back(
        read_worker_config(project.root, route.file, environment, project.config, diagnostics));
    config::Limits& limits = project.configs.back().limits;
    if (is_javascript(route.file)) limits.stack = std::max(limits.stack, kLeastScriptStack);
  }
  for (std::size_t i = 0; i < project.configs.size(); ++i) {
    resolve_folders(project.root, project.routes.routes()[i].file, *files, project.config.folders,
                    project.configs[i].folders, diagnostics);
  }
  return project;
}

std::vector<Source> worker_sources(const Project& project) {
  std::vector<Source> sources;
  ScriptResolver resolver(project.root);
  for (std::size_t i = 0; i < project.configs.size(); ++i) {
    const config::WorkerConfig& config = project.configs[i];
    const std::string& file = project.routes.routes()[i].file;
    if (is_javascript(file)) {
      sources.push_back(javascript_source(file, script_files(resolver, file), script_environment(config)));
      continue;
    }
    SnapshotUse use = config.vars.empty() ? SnapshotUse::kWithoutVariables : SnapshotUse::kWithVariables;
    // C libraries look at the start which folders there are, and would remember that there are none.
    if (!config.snapshot || !config.folders.empty()) use = SnapshotUse::kNo;
    sources.push_back(wasm_source(file, use));
  }
  return sources;
}

std::optional<std::string> process_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

}  // namespace wws::runtime
