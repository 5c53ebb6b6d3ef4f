#include "cli/plan.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "cli/admin.h"
#include "cli/children.h"
#include "cli/console.h"
#include "cli/egress.h"
#include "cli/folders.h"
#include "cli/logging.h"
#include "cli/project_warnings.h"
#include "cli/store.h"
#include "cli/types.h"
#include "router/glob.h"
#include "scaffold/types.h"

namespace wws::cli {
namespace {

/// The place of a namespace in the store, which has those of all workers.
std::uint16_t place_of(const std::string& space, const supervisor::StoreMessage& store) {
  return static_cast<std::uint16_t>(std::ranges::find(store.spaces, space) - store.spaces.begin());
}

std::optional<std::uint16_t> space_of(const config::WorkerConfig& worker,
                                      const std::optional<supervisor::StoreMessage>& store) {
  if (!worker.kv_namespace || !store) return std::nullopt;
  return place_of(*worker.kv_namespace, *store);
}

abi::KvBindings bindings_of(const config::WorkerConfig& worker,
                            const std::optional<supervisor::StoreMessage>& store) {
  abi::KvBindings bindings;
  if (!store) return bindings;
  for (const auto& [name, space] : worker.kv_bindings) bindings.emplace(name, place_of(space, *store));
  return bindings;
}

supervisor::SiteMessage describe(const ServeOptions& options, const runtime::Project& project,
                                 const std::optional<supervisor::StoreMessage>& store,
                                 const FoldersPlan& folders) {
  supervisor::SiteMessage site;
  site.root = project.root.string();
  site.files = project.files;
  site.prefix = project.prefix;
  site.url_form = project.config.url_form;
  site.detail = options.detail;
  site.logging = log_settings(options);
  site.access_format = access_format(options);
  if (options.access_log == "off") site.access_lines = server::AccessLog::Lines::kOff;
  site.memory_reset = project.config.memory_reset;
  site.instances = options.instances;
  site.connections_per_address = options.connections_per_address;
  site.body_bytes = options.body_bytes;
  site.stop_seconds = options.stop_seconds;
  if (options.is_dev) {
    const auto now = base::SystemClock().wall().time_since_epoch();
    const auto revision =
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
    site.live = server::Live{revision, revision, site.root, {}};
  }
  for (std::size_t i = 0; i < project.configs.size(); ++i) {
    site.workers.push_back({project.routes.routes()[i].file, project.configs[i], 0, false,
                            space_of(project.configs[i], store), grant_of(project, i), folders.of_workers[i],
                            folders.missing[i], 0, bindings_of(project.configs[i], store)});
  }
  return site;
}

/// What guests write to is nobody's concern, or each of their requests would be a change.
std::vector<std::filesystem::path> folders_written_to(const runtime::Project& project) {
  std::vector<std::filesystem::path> folders;
  for (const config::WorkerConfig& worker : project.configs) {
    for (const config::FolderMount& folder : worker.folders) {
      if (folder.mode == config::FolderMount::Mode::kReadWrite) folders.emplace_back(folder.from);
    }
  }
  return folders;
}

watch::Places places_of(const ServeOptions& options, const runtime::Project& project) {
  namespace fs = std::filesystem;
  watch::Places places;
  places.trees.push_back(project.root);
  if (project.files.base != project.root)
    places.trees.push_back((project.files.base / project.files.folder).lexically_normal());
  std::error_code error;
  if (!options.config.empty()) places.files.push_back(fs::absolute(options.config, error).lexically_normal());
  // A link that may lead to another release.
  const fs::path path = fs::absolute(options.path, error).lexically_normal();
  if (fs::is_symlink(path, error)) places.files.push_back(path);
  std::vector<router::Glob> globs;
  for (const std::string& text : options.ignore) {
    if (auto glob = router::Glob::parse(text)) globs.push_back(std::move(*glob));
  }
  places.ignores = [root = project.root, globs = std::move(globs),
                    written = folders_written_to(project)](const fs::path& file) {
    if (std::ranges::find(written, file) != written.end()) return true;
    const std::string relative = file.lexically_relative(root).generic_string();
    return std::ranges::any_of(globs, [&](const router::Glob& glob) { return glob.covers_below(relative); });
  };
  return places;
}

/// Workers with an error in their TOML, and what it is. kBadConfig: there is one elsewhere, which concerns
/// all.
Result<supervisor::Misconfigured> misconfigured(const runtime::Project& project,
                                                const config::Diagnostics& diagnostics) {
  supervisor::Misconfigured files;
  for (const config::Diagnostic& diagnostic : diagnostics.list()) {
    if (diagnostic.severity != config::Severity::kError) continue;
    const auto worker = std::ranges::find_if(project.routes.routes(), [&](const router::Route& route) {
      return std::filesystem::path(route.file).replace_extension(".toml") == diagnostic.file;
    });
    if (worker == project.routes.routes().end())
      return fail(ErrorCode::kBadConfig, config::to_string(diagnostic));
    files.emplace(worker->file, config::to_string(diagnostic));
  }
  return files;
}

/// What of [otlp] is another than at the start, when it is read.
std::vector<supervisor::UsedLater> otlp_later(const ServeOptions& options, const config::OtlpConfig& started,
                                              const config::OtlpConfig& now) {
  std::vector<supervisor::UsedLater> later;
  const auto add = [&](const std::string& key) {
    later.push_back({"otlp." + key, "what was " + key + " in [otlp]", "telemetry is as it was at the start"});
  };
  if (options.otlp.empty() && started.endpoint != now.endpoint) add("endpoint");
  if (started.headers != now.headers) add("headers");
  if (started.ratio != now.ratio) add("traces");
  if (started.metrics_interval != now.metrics_interval) add("metrics");
  return later;
}

/// Where editors have declarations, they have those of now.
void renew_types(const runtime::Project& project) {
  std::error_code error;
  if (!std::filesystem::exists(project.root / scaffold::kTypesFile, error)) return;
  if (const auto written = write_types(project); !written) log::warn("{}", written.error().message);
}

}  // namespace

Result<runtime::Project> Planner::read(config::Diagnostics& diagnostics) {
  auto project = runtime::load_project({options_.path, options_.prefix, options_.ignore, options_.config},
                                       &runtime::process_environment, diagnostics);
  if (project) warn_of_nothing_to_serve(*project, diagnostics);
  std::set<std::string> told;
  for (const config::Diagnostic& diagnostic : diagnostics.list()) {
    std::string line = log::escaped(config::to_string(diagnostic));
    if (!told_.contains(line) && !told.contains(line)) complain(line);
    told.insert(std::move(line));
  }
  told_ = std::move(told);
  return project;
}

Result<runtime::Project> Planner::load() {
  config::Diagnostics diagnostics;
  auto project = read(diagnostics);
  if (project && diagnostics.has_errors())
    return fail(ErrorCode::kBadConfig, "the project is not served until the errors above are corrected");
  if (project) otlp_ = project->config.otlp;
  return project;
}

Result<supervisor::ProjectPlan> Planner::plan(const runtime::Project& project) {
  const bool is_checked =
      checked_ && checked_->base == project.files.base && checked_->folder == project.files.folder;
  if (!is_checked) {
    if (auto readable = check_access(policy_, project.files); !readable) return fail(readable);
    checked_ = project.files;
  }
  supervisor::ProjectPlan plan;
  auto store = plan_store(options_, project, policy_);
  if (!store) return fail(store);
  auto folders = plan_folders(options_, project);
  if (!folders) return fail(folders);
  plan.sources = runtime::worker_sources(project);
  plan.site = describe(options_, project, *store, *folders);
  plan.places = places_of(options_, project);
  plan.reload = project.config.reload;
  plan.tables = {std::move(*store), plan_egress(options_, project, listeners_), std::move(folders->message)};
  return plan;
}

Result<supervisor::ProjectPlan> Planner::plan_again() {
  config::Diagnostics diagnostics;
  auto project = read(diagnostics);
  if (!project) return fail(project);
  auto files = misconfigured(*project, diagnostics);
  if (!files) return fail(files);
  if (options_.is_dev) renew_types(*project);
  auto admin = plan_admin(options_, *project);
  if (!admin) return fail(admin);
  auto made = plan(*project);
  if (!made) return made;
  made->misconfigured = std::move(*files);
  made->admin = std::move(*admin);
  made->later = otlp_later(options_, otlp_, project->config.otlp);
  made->key_places = project->config.places;
  return made;
}

}  // namespace wws::cli
