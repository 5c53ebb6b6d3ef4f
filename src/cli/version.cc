#include "cli/version.h"

#include <fmt/format.h>
#include <gnu/libc-version.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string_view>
#include <vector>

#include "base/beneath.h"
#include "base/quantity.h"
#include "base/sealed_memory.h"
#include "cli/build_info.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "config/later.h"
#include "egress/libraries.h"
#include "hardening/landlock.h"
#include "hardening/libraries.h"
#include "hardening/system_call_filter.h"
#include "kv/libraries.h"
#include "supervisor/cpus.h"
#include "wasm/engine.h"
#include "wasm/libraries.h"

namespace wws::cli {
namespace {

constexpr std::string_view kCompiler =
#ifdef __clang__
    "Clang " __clang_version__;
#else
    "GCC " __VERSION__;
#endif

constexpr std::string_view kAssertions =
#ifdef NDEBUG
    "";
#else
    ", with assertions";
#endif

/// "yes", or why not.
std::string answer(const Result<void>& result) { return result ? "yes" : "no: " + result.error().message; }

std::string page_scan() {
  const auto settings = wasm::serving_settings(1, wasm::MemoryReset::kScan);
  return settings ? "yes" : "no, memory is given back to the kernel instead";
}

std::string sealed_memory() {
  const auto memory = base::make_sealed_memory("wws-version", 4096);
  return memory ? "yes" : "no: " + memory.error().message;
}

std::string system_name() {
  utsname name{};
  if (uname(&name) != 0) return "unknown";
  return fmt::format("{} {} {}, glibc {}", name.sysname, name.release, name.machine, gnu_get_libc_version());
}

std::string processors() {
  return fmt::format("{} usable of {}", supervisor::usable_cpus(), sysconf(_SC_NPROCESSORS_ONLN));
}

std::string memory_limit() {
  const auto limit = supervisor::memory_limit();
  return limit ? base::format_size(*limit) : "none";
}

std::string open_files() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return "unknown";
  return limit.rlim_max == RLIM_INFINITY ? "no limit" : fmt::format("{}", limit.rlim_max);
}

std::string memory_maps() {
  std::string number;
  std::ifstream("/proc/sys/vm/max_map_count") >> number;
  return number.empty() ? "unknown" : number;
}

/// What is known and not there, each once.
std::string missing_features() {
  std::vector<std::string_view> names;
  for (const config::Later& later : config::later_features()) {
    if (std::ranges::find(names, later.feature) == names.end()) names.push_back(later.feature);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string landlock() {
  const auto allowed = hardening::can_limit_files();
  return allowed ? fmt::format("version {}", hardening::landlock_version()) : answer(allowed);
}

}  // namespace

std::string build_report() {
  const std::string_view commit = kCommit;
  std::string text;
  const auto add = [&text](std::string_view name, std::string_view value) {
    text += fmt::format("{:15}{}\n", name, value);
  };
  add("version", WWS_VERSION);
  add("commit", commit.empty() ? "unknown" : commit);
  add("build", fmt::format("{}, {}{}", WWS_BUILD_TYPE, kCompiler, kAssertions));
  add("engine", fmt::format("Wasmtime {}", wasm::engine_version()));
  add("libraries", fmt::format("{} {} {}", egress::library_versions(), kv::library_versions(),
                               hardening::library_versions()));
  add("not there yet", missing_features());
  add("system", system_name());
  add("CPUs", processors());
  add("memory limit", memory_limit());
  add("open files", open_files());
  add("memory maps", memory_maps());
  add("page scan", page_scan());
  add("sealed memory", sealed_memory());
  add("openat2",
      base::available_resolver() == base::Resolver::kKernel ? "yes" : "no, paths are walked by hand");
  add("seccomp", answer(hardening::can_filter()));
  add("Landlock", landlock());
  return text;
}

int run_version(const VersionOptions& options) {
  say("wasm-workers-server " WWS_VERSION);
  if (options.detail == VersionOptions::Detail::kNumber) return 0;
  const std::string report = build_report();
  say("\n" + report.substr(0, report.size() - 1));
  return 0;
}

}  // namespace wws::cli
