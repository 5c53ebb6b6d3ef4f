// A project as it was found on disk: routes, configuration, and every problem.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "assets/public_folder.h"
#include "base/result.h"
#include "config/diagnostics.h"
#include "config/project_config.h"
#include "config/worker_config.h"
#include "router/route_table.h"
#include "runtime/source.h"

namespace wws::runtime {

struct ProjectOptions {
  std::filesystem::path root = ".";
  std::string prefix;               ///< as given; normalised here
  std::vector<std::string> ignore;  ///< globs
  std::filesystem::path config{};   ///< the project's file; empty: wws.toml or .wws.toml in the root
};

/// A loaded project. `configs[i]` belongs to `routes.routes()[i]`. Plain data; nothing is compiled yet.
struct Project {
  std::filesystem::path root;  ///< absolute
  std::string prefix;          ///< normalised (router/prefix.h)
  config::ProjectConfig config;
  assets::Place files;  ///< the folder of static files
  router::RouteTable routes;
  std::vector<config::WorkerConfig> configs;
};

/// Reads a project. What is wrong inside of it goes to `diagnostics`; an error is returned when there is
/// no project to speak of (kBadProject), or a glob or the prefix cannot be read (kBadUsage).
[[nodiscard]] Result<Project> load_project(const ProjectOptions& options,
                                           const config::Environment& environment,
                                           config::Diagnostics& diagnostics);

/// What its workers are made of, in the order of the routes.
[[nodiscard]] std::vector<Source> worker_sources(const Project& project);

/// The server's own environment variables.
[[nodiscard]] std::optional<std::string> process_environment(const std::string& name);

}  // namespace wws::runtime
