// A worker's TOML file: `hello.toml` beside `hello.wasm` (docs/configuration.md).
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "config/diagnostics.h"
#include "config/fetch_config.h"
#include "config/limits.h"

namespace wws::config {

/// How `url` is written in the input of a wws-json worker.
enum class UrlForm { kFull, kPath };

/// How a worker's ABI is known: from its module, or because its TOML names what no module shows.
enum class WorkerAbi { kInspected, kCgi };

struct WorkerConfig {
  std::string name = "default";
  std::string version = "1";
  WorkerAbi abi = WorkerAbi::kInspected;
  std::map<std::string, std::string> vars;  ///< after `$NAME` injection
  std::optional<UrlForm> url_form;          ///< none: the project's choice
  std::optional<std::string> kv_namespace;  ///< [data.kv] namespace
  bool snapshot = true;                     ///< whether its initialisation may be done once for all requests
  Limits limits;                            ///< [limits], over the project's
  std::optional<FetchConfig> fetch{};       ///< none: it reaches nobody
};

/// Looks up an environment variable of the server; none: unset.
using Environment = std::function<std::optional<std::string>(const std::string&)>;

/// Reads `text`, the content of `file`. Problems go to `diagnostics`, as many as there are; after an
/// error the result holds what could be read and must not be served. `limits` holds where [limits] is silent.
[[nodiscard]] WorkerConfig parse_worker_config(std::string_view text, const std::string& file,
                                               const Environment& environment, const Limits& limits,
                                               Diagnostics& diagnostics);

}  // namespace wws::config
