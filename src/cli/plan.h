// From a project's folder to what its processes are told, at the start and at each reload.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "assets/public_folder.h"
#include "base/result.h"
#include "cli/options.h"
#include "hardening/policy.h"
#include "runtime/project.h"
#include "supervisor/project_plan.h"

namespace wws::cli {

/// Reads one project as often as it is asked, and prints its problems: those that the last reading had are
/// not said again. Keeps no file open. One thread.
class Planner {
 public:
  /// `listeners`: ADDRESS:PORT of the server's own.
  Planner(ServeOptions options, hardening::Policy policy, std::vector<std::string> listeners)
      : options_(std::move(options)), policy_(std::move(policy)), listeners_(std::move(listeners)) {}

  /// More of the server's own listening sockets. Before plan().
  void add_listeners(const std::vector<std::string>& names) {
    listeners_.insert(listeners_.end(), names.begin(), names.end());
  }

  /// For the start: an error in any file of the project's configuration is one.
  [[nodiscard]] Result<runtime::Project> load();
  /// What a loaded project asks of the processes. kBadConfig, kBadUsage, kIo: it cannot be had.
  [[nodiscard]] Result<supervisor::ProjectPlan> plan(const runtime::Project& project);
  /// For a reload: an error in the TOML of a worker is that worker's.
  [[nodiscard]] Result<supervisor::ProjectPlan> plan_again();

 private:
  [[nodiscard]] Result<runtime::Project> read(config::Diagnostics& diagnostics);

  ServeOptions options_;
  hardening::Policy policy_;
  std::vector<std::string> listeners_;
  std::set<std::string> told_;
  config::OtlpConfig otlp_;               ///< with which the server was started
  std::optional<assets::Place> checked_;  ///< whether children can read it is known
};

}  // namespace wws::cli
