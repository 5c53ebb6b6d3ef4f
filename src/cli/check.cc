#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/start_lines.h"
#include "runtime/module_loader.h"
#include "runtime/project.h"
#include "supervisor/cpus.h"

namespace wws::cli {
namespace {

/// "1 route", "2 routes".
std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace

int run_check(const CheckOptions& options) {
  config::Diagnostics diagnostics;
  const auto project = runtime::load_project({options.path, options.prefix, options.ignore},
                                             &runtime::process_environment, diagnostics);
  if (!project) {
    complain("wws: " + project.error().message);
    return base::exit_code(project.error().code);
  }
  const std::vector<runtime::ModuleFile> files = runtime::module_files(*project);
  runtime::ModuleLoader loader(project->root, files, options.cache);
  runtime::compile_pending(loader, supervisor::usable_cpus());
  for (std::size_t i = 0; i < files.size(); ++i) {
    const Result<base::File>& module = *loader.code(loader.of_file(i));
    if (!module) diagnostics.add({config::Severity::kError, files[i].path, 0, 0, module.error().message});
  }
  say(fmt::format("{} in {}", counted(files.size(), "route"), options.path));
  for (const router::Route& route : project->routes.routes()) {
    say(fmt::format("    {}\n      => {}", route.pattern, route.file));
  }
  for (const config::Diagnostic& diagnostic : diagnostics.list()) complain(config::to_string(diagnostic));
  say(diagnostics.empty() ? "no problems" : counted(diagnostics.list().size(), "problem"));
  if (diagnostics.has_errors()) return base::exit_code(ErrorCode::kBadConfig);
  return diagnostics.empty() ? 0 : 1;
}

}  // namespace wws::cli
