// From the site that is served to another, worker by worker.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "supervisor/project_plan.h"
#include "supervisor/site_message.h"

namespace wws::supervisor {

/// What is known of a module's code.
struct CodeState {
  enum class Kind { kPending, kReady, kFailed } kind = Kind::kPending;
  std::string why{};  ///< of kFailed
};
using CodeOf = std::function<CodeState(std::uint32_t module)>;

/// The site to serve while `wanted` comes into being beside `served`: each route has its wanted version as
/// soon as that has code. Until then, and if that fails or its configuration is one of `misconfigured`, it
/// keeps the version that is there, unless that failed; where there is none it waits for its code or answers
/// with the failure. A route that is wanted no more is gone.
[[nodiscard]] SiteMessage site_for_now(const SiteMessage& wanted, const SiteMessage& served,
                                       const CodeOf& code, const Misconfigured& misconfigured);

/// The modules of its workers, each once.
[[nodiscard]] std::vector<std::uint32_t> modules_of(const SiteMessage& site);

/// Whether a process that was started for one site can only serve the other after a restart: its memory is
/// laid out, and the files it may open are set, at its start.
[[nodiscard]] bool needs_new_process(const SiteMessage& started_for, const SiteMessage& site);

/// For the log: which key that is and where it stands, or what it is.
[[nodiscard]] std::string name_for_log(const UsedLater& later, const config::KeyPlaces& places);

/// Whether a store in Redis that runs is connected as `wanted` says; others are always.
[[nodiscard]] bool connect_alike(const StoreMessage& running, const StoreMessage& wanted);

/// Adds what `plan` needs to the tables in use, whose entries keep their places, since requests in flight
/// know them by these; workers of `plan.site` get the places that hold from now on. `most_spaces`: namespaces
/// for which there is room. Returns what of it only another start changes. kBadConfig: there is no room.
[[nodiscard]] Result<std::vector<UsedLater>> merge_tables(ServiceTables& tables, ProjectPlan& plan,
                                                          std::size_t most_spaces);

}  // namespace wws::supervisor
