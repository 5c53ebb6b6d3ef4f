// The table of the processes that the supervisor starts from its own executable.
#pragma once

#include "hardening/roles.h"

namespace wws::runtime {

/// What happens when a child of this role ends.
enum class Restart {
  kAlways,  ///< another takes its place
  kNever,   ///< its work was one thing, and is done
};

/// How one that is stuck is noticed.
enum class Watchdog {
  kHeartbeat,  ///< it has a ProcessStatus, whose turns must go on while there is work
  kDeadline,   ///< its work has a time limit
};

/// What the supervisor knows of each process that it starts.
struct Role {
  const char* name;     ///< for the log
  const char* command;  ///< the hidden command of the executable
  const char* service;  ///< the name by which serving processes know it; empty: they do not use it
  Restart restart;
  Watchdog watchdog;
  const hardening::Confinement& confinement;
};

namespace roles {

/// One event loop that answers requests.
inline constexpr Role kServe = {
    "serving process", "__serve", "", Restart::kAlways, Watchdog::kHeartbeat, hardening::kServing,
};

/// Owns the key-value store.
inline constexpr Role kStore = {
    "store child", "__store", "store", Restart::kAlways, Watchdog::kHeartbeat, hardening::kStoring,
};

/// Makes the outgoing requests of workers.
inline constexpr Role kEgress = {
    "egress child", "__egress", "fetch", Restart::kAlways, Watchdog::kHeartbeat, hardening::kReaching,
};

/// Has the files of guests with mounted folders.
inline constexpr Role kFolders = {
    "folders child", "__folders", "folders", Restart::kAlways, Watchdog::kHeartbeat, hardening::kMounting,
};

/// Answers operators: metrics, health, the admin interface.
inline constexpr Role kAdmin = {
    "admin child", "__admin", "", Restart::kAlways, Watchdog::kHeartbeat, hardening::kAdministering,
};

/// Sends traces and metrics to a collector.
inline constexpr Role kTelemetry = {
    "telemetry child", "__telemetry", "", Restart::kAlways, Watchdog::kHeartbeat, hardening::kExporting,
};

/// One step of one module's compilation.
inline constexpr Role kCompile = {
    "compile child", "__compile", "", Restart::kNever, Watchdog::kDeadline, hardening::kCompiling,
};

/// Has an engine mapped, and makes compile children of itself. What it does before that is the executable's
/// own business; they are confined as all compile children.
inline constexpr Role kEngine = {
    "engine child", "__engine", "", Restart::kNever, Watchdog::kDeadline, hardening::kCompiling,
};

}  // namespace roles
}  // namespace wws::runtime
