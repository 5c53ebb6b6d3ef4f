// The first and the last thing a child does before it touches what others wrote.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "hardening/landlock.h"
#include "hardening/policy.h"
#include "hardening/system_call_filter.h"

namespace wws::hardening {

/// Reads the policy of the child's command line (to_argument()) and becomes whom it names. To be called
/// before anything is opened or read.
[[nodiscard]] Result<Mode> take_policy(std::string_view argument);

enum class StandardStreams {
  kKept,
  kLogOnly,  ///< input and output may be a terminal: they become /dev/null
};

/// What a kind of process keeps. Without CallGroup::kFiles, kNames or kMounts it opens no file, and needs no
/// folders.
struct Confinement {
  std::span<const FolderRights> folders;
  std::span<const CallGroup> calls;
  StandardStreams streams = StandardStreams::kKept;
};

/// For a process with one thread that has opened all it needs; there is no way back: no new privileges, no
/// look from outside into its memory, and nothing but what `confinement` leaves. Mode::kOff: does nothing.
/// Mode::kOn: what the kernel does not have is left out (can_filter() and can_limit_files() tell the
/// supervisor, which says it once); an error is a step that failed although the kernel has it, and the caller
/// says it and goes on. Mode::kRequired: any error, also that the kernel does not have it; the caller ends.
/// `start_threads` is called, in every mode, when files are limited and system calls are not filtered yet:
/// threads that it starts are under both, and there is no other time for that.
[[nodiscard]] Result<void> confine(Mode mode, const Confinement& confinement, const FolderPaths& paths = {},
                                   const std::function<void()>& start_threads = {});

}  // namespace wws::hardening
