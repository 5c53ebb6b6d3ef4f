#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "base/beneath.h"
#include "base/log.h"
#include "base/standard_streams.h"
#include "cli/admin.h"
#include "cli/children.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/egress.h"
#include "cli/logging.h"
#include "cli/otlp.h"
#include "cli/plan.h"
#include "cli/restart.h"
#include "cli/start_lines.h"
#include "runtime/module_loader.h"
#include "runtime/project.h"
#include "runtime/role.h"
#include "supervisor/access_log_file.h"
#include "supervisor/cpus.h"
#include "supervisor/listening_socket.h"
#include "supervisor/passed_sockets.h"
#include "supervisor/predecessor.h"
#include "supervisor/service_manager.h"
#include "supervisor/supervisor.h"

namespace wws::cli {
namespace {

int fail_with(const Error& error) {
  complain("wws: " + error.message);
  return base::exit_code(error.code);
}

/// A command that is written wrong is a folder that is not there.
Error with_meant_command(Error error, const std::string& path) {
  const std::string meant = command_like(path);
  std::error_code unknown;
  if (!meant.empty() && !std::filesystem::exists(path, unknown))
    error.message += fmt::format("; did you mean the command \"wws {}\"?", meant);
  return error;
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

/// Those of the server before this one; else those that whoever started the server has opened for it; else
/// those of --host and --port.
Result<supervisor::ListeningSockets> open_sockets(const ServeOptions& options,
                                                  std::optional<supervisor::Inheritance>& inheritance) {
  if (inheritance) return supervisor::with_address(std::move(inheritance->listeners));
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

/// None where there is no file.
Result<base::File> open_access_log(const ServeOptions& options) {
  const std::string file = access_log_file(options);
  if (file.empty()) return base::File();
  return supervisor::open_access_log(file);
}

/// Workers may not ask it: they could have the server reloaded, or read what it tells.
Result<void> add_admin_listeners(Planner& planner, const std::optional<supervisor::AdminSupply>& admin) {
  if (!admin || admin->sockets.name().starts_with("unix:")) return {};
  const auto names = names_of(admin->sockets.sockets());
  if (!names) return std::unexpected(names.error());
  planner.add_listeners(*names);
  return {};
}

}  // namespace

int run_serve(const ServeOptions& options) {
  const base::BufferedStreams streams(base::BufferedStreams::Capacity::kOfSupervisor);
  runtime::Program again = this_command_again();
  auto on_hand_over = first_process_told();
  auto inheritance = supervisor::Inheritance::take_from_environment();
  if (!inheritance) return fail_with(inheritance.error());
  log::set(log_settings(options));
  auto access_log = open_access_log(options);
  if (!access_log) return fail_with(access_log.error());
  supervisor::ServiceManager manager(supervisor::ServiceManager::Variables::take_from_environment());
  const std::size_t descriptors = raise_descriptor_limit();
  auto policy = child_policy(options);
  if (!policy) return fail_with(policy.error());
  const std::string path = log::escaped(options.path);
  say(preparing_line(path));
  // First of all the socket: a port in use is told before anything is compiled.
  auto listening = open_sockets(options, *inheritance);
  if (!listening) return fail_with(listening.error());
  const std::string origin = fmt::format("http://{}:{}", listening->host, listening->port);
  say(loading_routes_line(path));
  if (!*inheritance) manager.tell_status("loading " + options.path);
  auto names = names_of(listening->sockets);
  if (!names) return fail_with(names.error());
  const auto planner = std::make_shared<Planner>(options, *policy, std::move(*names));
  auto project = planner->load();
  if (!project) return fail_with(with_meant_command(project.error(), options.path));
  std::optional<supervisor::PassedAdmin> passed;
  if (*inheritance) passed = std::move((*inheritance)->admin);
  auto admin = open_admin(options, *project, std::move(passed));
  if (!admin) return fail_with(admin.error());
  if (auto added = add_admin_listeners(*planner, *admin); !added) return fail_with(added.error());
  auto telemetry = telemetry_settings(options, *project, &runtime::process_environment);
  if (!telemetry) return fail_with(telemetry.error());
  auto plan = planner->plan(*project);
  if (!plan) return fail_with(plan.error());
  if (base::available_resolver() == base::Resolver::kByHand)
    log::warn("openat2 is refused here: files of public/ are opened step by step, which takes longer");
  say(loading_workers_line(project->routes.routes().size()));
  const auto began = std::chrono::steady_clock::now();
  const unsigned cpus = supervisor::usable_cpus();
  const auto lines =
      options.detail == server::ErrorDetail::kShown ? wasm::SourceLines::kShown : wasm::SourceLines::kNone;
  runtime::ModuleLoader modules(project->root, plan->sources, options.cache, lines);
  warn_of_descriptors(modules.size(), descriptors);
  say(workers_loaded_line(std::chrono::steady_clock::now() - began));
  for (const std::string& line : route_lines(project->routes, origin)) say(log::escaped(line));
  supervisor::assign_modules(plan->site, modules);
  supervisor::Supply supply{std::move(listening->sockets),
                            std::move(modules),
                            std::move(plan->site),
                            std::move(plan->tables),
                            cpus,
                            *policy,
                            std::move(manager),
                            [planner] { return planner->plan_again(); },
                            options.watch,
                            std::move(plan->places),
                            access_log_file(options),
                            std::move(*access_log),
                            *inheritance ? std::move((*inheritance)->channel) : base::File(),
                            std::move(again),
                            std::move(on_hand_over),
                            std::move(*admin),
                            std::move(*telemetry),
                            std::move(plan->reload)};
  if (supply.admin) log::info("the admin interface is at {}", supply.admin->sockets.name());
  supervisor::Supervisor parent(std::move(supply), options.processes == 0 ? cpus : options.processes);
  const auto served = parent.run([&](supervisor::ServiceManager& told) {
    say(serving_line(origin));
    told.tell_ready("serving at " + origin);
  });
  return served ? 0 : fail_with(served.error());
}

}  // namespace wws::cli
