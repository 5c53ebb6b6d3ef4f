#include "cli/types.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "runtime/script_files.h"
#include "scaffold/types.h"

namespace wws::cli {
namespace {

/// Those that are scripts.
std::vector<scaffold::TypedWorker> typed_workers(const runtime::Project& project) {
  std::vector<scaffold::TypedWorker> workers;
  for (std::size_t i = 0; i < project.configs.size(); ++i) {
    const router::Route& route = project.routes.routes()[i];
    if (!runtime::is_javascript(route.file)) continue;
    scaffold::TypedWorker worker{route.file, {}, {}, project.configs[i].kv_namespace.has_value(), {}};
    for (const router::Segment& segment : route.segments)
      std::ranges::copy(segment.parameters, std::back_inserter(worker.parameters));
    for (const auto& [name, value] : project.configs[i].vars) worker.variables.push_back(name);
    for (const auto& [name, space] : project.configs[i].kv_bindings) worker.bindings.push_back(name);
    workers.push_back(std::move(worker));
  }
  return workers;
}

}  // namespace

Result<std::size_t> write_types(const runtime::Project& project) {
  const std::vector<scaffold::TypedWorker> workers = typed_workers(project);
  const std::string text = scaffold::types_of(workers);
  const std::filesystem::path path = project.root / scaffold::kTypesFile;
  // The same text is not written again: editors and --watch would notice.
  if (const auto present = base::read_file(path); present && *present == text) return workers.size();
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) return fail(ErrorCode::kIo, fmt::format("{}: cannot be written", log::escaped(path.string())));
  return workers.size();
}

int run_types(const TypesOptions& options) {
  config::Diagnostics diagnostics;
  // The environment's values are of no concern: only names are.
  const auto project = runtime::load_project(
      {options.path, "", options.ignore, options.config}, [](const std::string&) { return std::string(); },
      diagnostics);
  if (!project) {
    complain("wws: " + project.error().message);
    return base::exit_code(project.error().code);
  }
  for (const config::Diagnostic& diagnostic : diagnostics.list()) {
    if (diagnostic.severity == config::Severity::kError)
      complain(log::escaped(config::to_string(diagnostic)));
  }
  if (diagnostics.has_errors()) return base::exit_code(ErrorCode::kBadConfig);
  const auto count = write_types(*project);
  if (!count) {
    complain("wws: " + count.error().message);
    return base::exit_code(count.error().code);
  }
  const std::string path =
      (std::filesystem::path(options.path) / scaffold::kTypesFile).lexically_normal().string();
  say(fmt::format("{}: the types of {} worker{}", log::escaped(path), *count, *count == 1 ? "" : "s"));
  return 0;
}

}  // namespace wws::cli
