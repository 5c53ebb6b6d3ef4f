// The project's own file, `wws.toml` or `.wws.toml` in its root (docs/configuration.md).
#pragma once

#include <string>
#include <string_view>

#include "config/diagnostics.h"
#include "config/limits.h"
#include "config/worker_config.h"

namespace wws::config {

/// How the memory of a sandbox is cleaned for the next one (docs/adr/0003-patched-wasmtime.md).
enum class MemoryReset {
  kAuto,     ///< scan where the kernel can
  kScan,     ///< by page scan, or not at all
  kMadvise,  ///< given back to the kernel
};

struct ProjectConfig {
  UrlForm url_form = UrlForm::kFull;
  MemoryReset memory_reset = MemoryReset::kAuto;
  Limits limits;  ///< of workers that do not set their own
};

/// Reads `text`, the content of `file`; same contract as parse_worker_config. The keys of the original
/// `.wws.toml` (`version`, `repositories`) are known.
[[nodiscard]] ProjectConfig parse_project_config(std::string_view text, const std::string& file,
                                                 Diagnostics& diagnostics);

}  // namespace wws::config
