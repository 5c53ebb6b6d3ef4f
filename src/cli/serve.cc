#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "base/beneath.h"
#include "base/log.h"
#include "base/standard_streams.h"
#include "cli/children.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/egress.h"
#include "cli/folders.h"
#include "cli/project_warnings.h"
#include "cli/start_lines.h"
#include "cli/store.h"
#include "runtime/module_loader.h"
#include "runtime/project.h"
#include "runtime/role.h"
#include "supervisor/cpus.h"
#include "supervisor/listening_socket.h"
#include "supervisor/passed_sockets.h"
#include "supervisor/service_manager.h"
#include "supervisor/supervisor.h"

namespace wws::cli {
namespace {

int fail_with(const Error& error) {
  complain("wws: " + error.message);
  return base::exit_code(error.code);
}

/// Modules and connections each hold a descriptor: takes as many as we may have. Returns how many.
std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_max;
}

/// What is beyond the limit answers 500, or waits, while the rest is served: say so before the first request
/// finds out.
void warn_of_descriptors(std::size_t modules, std::size_t limit) {
  constexpr std::size_t kReserve = 100;  // sockets, pipes and files of our own, and some connections
  if (limit == 0 || modules + kReserve <= limit) return;
  log::warn(
      "{} module{} need{} {} open files and {} are allowed: {}; raise the hard limit (ulimit -Hn, or "
      "LimitNOFILE= of systemd)",
      modules, modules == 1 ? "" : "s", modules == 1 ? "s" : "", modules + kReserve, limit,
      modules > runtime::most_open_modules() ? "workers beyond that answer 500"
                                             : "most connections wait until others are closed");
}

/// The sockets that whoever started the server has opened for it, else those of --host and --port.
Result<supervisor::ListeningSockets> open_sockets(const ServeOptions& options) {
  auto passed = supervisor::take_passed_sockets(supervisor::ListenVariables::take_from_environment());
  if (!passed) return fail(passed);
  if (!*passed) return supervisor::listen_on(options.host, options.port);
  if (!options.names_address) return std::move(**passed);
  return fail(
      ErrorCode::kBadUsage,
      fmt::format("--host and --port are of no use here: the server was handed a socket that listens on "
                  "{}:{}; leave them out, and set the address where that socket is made (of systemd: "
                  "ListenStream= of the .socket unit)",
                  (*passed)->host, (*passed)->port));
}

/// Reads the project and prints its problems; an error stops the start.
Result<runtime::Project> load(const ServeOptions& options) {
  config::Diagnostics diagnostics;
  auto project = runtime::load_project({options.path, options.prefix, options.ignore, options.config},
                                       &runtime::process_environment, diagnostics);
  if (project) warn_of_nothing_to_serve(*project, diagnostics);
  for (const config::Diagnostic& diagnostic : diagnostics.list())
    complain(log::escaped(config::to_string(diagnostic)));
  if (project && diagnostics.has_errors()) {
    return fail(ErrorCode::kBadConfig, "the project is not served until the errors above are corrected");
  }
  return project;
}

/// The place of a worker's namespace in the store.
std::optional<std::uint16_t> space_of(const config::WorkerConfig& worker,
                                      const std::optional<supervisor::StoreMessage>& store) {
  if (!worker.kv_namespace || !store) return std::nullopt;
  const auto found = std::ranges::find(store->spaces, *worker.kv_namespace);
  return static_cast<std::uint16_t>(found - store->spaces.begin());
}

supervisor::SiteMessage describe(const ServeOptions& options, const runtime::Project& project,
                                 const runtime::ModuleLoader& modules,
                                 const std::optional<supervisor::StoreMessage>& store,
                                 const FoldersPlan& folders) {
  supervisor::SiteMessage site;
  site.root = project.root.string();
  site.files = project.files;
  site.prefix = project.prefix;
  site.url_form = project.config.url_form;
  site.detail = options.detail;
  site.log_level = options.log_level;
  site.memory_reset = project.config.memory_reset;
  site.instances = options.instances;
  site.connections_per_address = options.connections_per_address;
  site.body_bytes = options.body_bytes;
  site.stop_seconds = options.stop_seconds;
  for (std::size_t i = 0; i < project.configs.size(); ++i) {
    const std::uint32_t module = modules.of_source(i);
    site.workers.push_back({project.routes.routes()[i].file, project.configs[i], module,
                            modules.takes_stream(module), space_of(project.configs[i], store),
                            grant_of(project, i), folders.of_workers[i], folders.missing[i]});
  }
  return site;
}

}  // namespace

int run_serve(const ServeOptions& options) {
  const base::BufferedStreams streams(base::BufferedStreams::Capacity::kOfSupervisor);
  log::set_level(options.log_level);
  supervisor::ServiceManager manager(supervisor::ServiceManager::Variables::take_from_environment());
  const std::size_t descriptors = raise_descriptor_limit();
  auto policy = child_policy(options);
  if (!policy) return fail_with(policy.error());
  const std::string path = log::escaped(options.path);
  say(preparing_line(path));
  // First of all the socket: a port in use is told before anything is compiled.
  auto listening = open_sockets(options);
  if (!listening) return fail_with(listening.error());
  const std::string origin = fmt::format("http://{}:{}", listening->host, listening->port);
  say(loading_routes_line(path));
  manager.tell_status("loading " + options.path);
  auto project = load(options);
  if (!project) return fail_with(project.error());
  if (const auto readable = check_access(*policy, project->files); !readable)
    return fail_with(readable.error());
  auto store = plan_store(options, *project, *policy);
  if (!store) return fail_with(store.error());
  auto egress = plan_egress(options, *project, listening->sockets);
  if (!egress) return fail_with(egress.error());
  auto folders = plan_folders(options, *project);
  if (!folders) return fail_with(folders.error());
  if (base::available_resolver() == base::Resolver::kByHand)
    log::warn("openat2 is refused here: files of public/ are opened step by step, which takes longer");
  say(loading_workers_line(project->routes.routes().size()));
  const auto began = std::chrono::steady_clock::now();
  const unsigned cpus = supervisor::usable_cpus();
  const auto lines =
      options.detail == server::ErrorDetail::kShown ? wasm::SourceLines::kShown : wasm::SourceLines::kNone;
  runtime::ModuleLoader modules(project->root, runtime::worker_sources(*project), options.cache, lines);
  warn_of_descriptors(modules.size(), descriptors);
  say(workers_loaded_line(std::chrono::steady_clock::now() - began));
  for (const std::string& line : route_lines(project->routes, origin)) say(log::escaped(line));
  supervisor::SiteMessage site = describe(options, *project, modules, *store, *folders);
  std::vector<supervisor::ServiceSupply> services;
  if (folders->message) services.push_back({runtime::roles::kFolders, to_json(*folders->message)});
  supervisor::Supply supply{std::move(listening->sockets),
                            std::move(modules),
                            std::move(site),
                            std::move(*store),
                            std::move(services),
                            cpus,
                            *policy,
                            std::move(manager)};
  if (*egress) supply.services.push_back({runtime::roles::kEgress, to_json(**egress)});
  supervisor::Supervisor parent(std::move(supply), options.processes == 0 ? cpus : options.processes);
  const auto served = parent.run([&](supervisor::ServiceManager& told) {
    say(serving_line(origin));
    told.tell_ready("serving at " + origin);
  });
  return served ? 0 : fail_with(served.error());
}

}  // namespace wws::cli
