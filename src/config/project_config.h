// The project's own file, `wws.toml` or `.wws.toml` in its root (docs/configuration.md).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "config/diagnostics.h"
#include "config/fetch_config.h"
#include "config/key_places.h"
#include "config/kv_place.h"
#include "config/limits.h"
#include "config/smoke_request.h"
#include "config/worker_config.h"

namespace wws::config {

/// How the memory of a sandbox is cleaned for the next one (docs/adr/0003-patched-wasmtime.md).
enum class MemoryReset {
  kAuto,     ///< scan where the kernel can
  kScan,     ///< by page scan, or not at all
  kMadvise,  ///< given back to the kernel
};

/// The table [public].
struct PublicConfig {
  std::string folder = "public";  ///< of static files: relative to the project's root, or absolute
  bool is_named = false;          ///< the project names it: it may lead out of the project
};

/// The table [folders].
struct FoldersConfig {
  std::vector<std::string>
      allowed;  ///< absolute paths outside of the project whose folders workers may mount
};

/// The table [admin]. The place is not looked at here.
struct AdminConfig {
  std::optional<std::string> listen;
  std::optional<std::string> token_file;  ///< absolute, or relative to the project's root
  bool has_panel = false;
};

/// The table [otlp]. The endpoint is not looked at here, and variables in headers are not replaced.
struct OtlpConfig {
  std::optional<std::string> endpoint;
  std::vector<std::string> headers;                ///< NAME: VALUE
  std::optional<double> ratio;                     ///< of traces; below 0: "off"
  std::optional<base::Duration> metrics_interval;  ///< 0: "off"
  bool operator==(const OtlpConfig&) const = default;
};

/// The table [reload].
struct ReloadConfig {
  std::vector<SmokeRequest> smoke;  ///< none: a new version is served as soon as it can be
  base::Duration time_limit = std::chrono::seconds(10);  ///< of each of them
  base::Duration probation = std::chrono::minutes(1);    ///< 0: there is none
  bool operator==(const ReloadConfig&) const = default;
};

struct ProjectConfig {
  UrlForm url_form = UrlForm::kFull;
  MemoryReset memory_reset = MemoryReset::kAuto;
  Limits limits;  ///< of workers that do not set their own
  PublicConfig files;
  KvConfig kv;
  ProjectFetch fetch;
  FoldersConfig folders;
  AdminConfig admin;
  OtlpConfig otlp;
  ReloadConfig reload;
  KeyPlaces places;  ///< of all that the file says
};

/// Reads `text`, the content of `file`; same contract as parse_worker_config. The keys of the original
/// `.wws.toml` (`version`, `repositories`) are known.
[[nodiscard]] ProjectConfig parse_project_config(std::string_view text, const std::string& file,
                                                 Diagnostics& diagnostics);

}  // namespace wws::config
