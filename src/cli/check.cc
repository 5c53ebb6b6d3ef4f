#include <fmt/format.h>

#include <optional>
#include <utility>

#include "abi/host_functions.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/project_warnings.h"
#include "runtime/module_loader.h"
#include "runtime/project.h"
#include "runtime/worker.h"
#include "server/failure.h"
#include "supervisor/cpus.h"

namespace wws::cli {
namespace {

/// "1 route", "2 routes".
std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

/// Whether a module compiled, and is one of the ABI that its worker's TOML names. `engine` is made when it is
/// first needed.
Result<void> check_module(const Result<runtime::ModuleFiles>& files, const config::WorkerConfig& config,
                          std::optional<wasm::Engine>& engine) {
  if (!files) return std::unexpected(files.error());
  if (config.abi == config::WorkerAbi::kInspected) return {};
  if (!engine) {
    auto made = wasm::Engine::create(wasm::compiling_settings(), abi::host_functions());
    if (!made) return fail(made);
    engine = std::move(*made);
  }
  auto copy = files->code->file.duplicate();
  if (!copy) return fail(copy);
  runtime::LazyModule module(std::move(*copy));
  if (const auto& mapped = module.get(*engine); !mapped) return std::unexpected(mapped.error());
  if (auto abi = runtime::abi_of(module, config); !abi) return fail(abi);
  return {};
}

/// What is wrong with a worker's file, where it can be told where.
config::Diagnostic problem_of(const std::string& root, const std::string& file, const std::string& message) {
  const auto place = server::describe_failure(root, file, message).place;
  if (!place) return {config::Severity::kError, file, 0, 0, message};
  return {config::Severity::kError, place->file, place->line, place->column, message};
}

}  // namespace

int run_check(const CheckOptions& options) {
  config::Diagnostics diagnostics;
  const auto project = runtime::load_project({options.path, options.prefix, options.ignore, options.config},
                                             &runtime::process_environment, diagnostics);
  if (!project) {
    complain("wws: " + project.error().message);
    return base::exit_code(project.error().code);
  }
  warn_of_nothing_to_serve(*project, diagnostics);
  const std::vector<runtime::Source> sources = runtime::worker_sources(*project);
  runtime::ModuleLoader loader(project->root, sources, options.cache);
  runtime::compile_pending(loader, supervisor::usable_cpus());
  std::optional<wasm::Engine> engine;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const auto checked = check_module(*loader.files(loader.of_source(i)), project->configs[i], engine);
    if (!checked)
      diagnostics.add(problem_of(project->root.string(), sources[i].file, checked.error().message));
  }
  say(fmt::format("{} in {}", counted(sources.size(), "route"), log::escaped(options.path)));
  for (const router::Route& route : project->routes.routes()) {
    say("    " + log::escaped(route.pattern));
    say("      => " + log::escaped(route.file));
  }
  for (const config::Diagnostic& diagnostic : diagnostics.list())
    complain(log::escaped(config::to_string(diagnostic)));
  say(diagnostics.empty() ? "no problems" : counted(diagnostics.list().size(), "problem"));
  if (diagnostics.has_errors()) return base::exit_code(ErrorCode::kBadConfig);
  return diagnostics.empty() ? 0 : 1;
}

}  // namespace wws::cli
