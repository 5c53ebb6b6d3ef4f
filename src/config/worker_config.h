// A worker's TOML file: `hello.toml` beside `hello.wasm` (docs/configuration.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/diagnostics.h"
#include "config/fetch_config.h"
#include "config/limits.h"

namespace wws::config {

/// How `url` is written in the input of a wws-json worker.
enum class UrlForm { kFull, kPath };

/// How a worker's ABI is known: from its module, or because its TOML names what no module shows.
enum class WorkerAbi { kInspected, kCgi };

/// A place in a TOML file, from 1.
struct TomlPlace {
  std::size_t line = 0;
  std::size_t column = 0;
};

/// One of [[folders]]. What is behind `from` is looked at by who knows the project
/// (runtime/mounted_folders.h).
struct FolderMount {
  std::string from;  ///< as it is written, with slashes; then absolute. Empty: the worker's own folder
  std::string to;    ///< a path, without a slash at its end
  enum class Mode : std::uint8_t { kReadOnly, kReadWrite } mode = Mode::kReadOnly;
  TomlPlace place;          ///< of `from`, or of the entry without one
  bool is_missing = false;  ///< there is no such folder
};

struct WorkerConfig {
  std::string name = "default";
  std::string version = "1";
  WorkerAbi abi = WorkerAbi::kInspected;
  std::map<std::string, std::string> vars;  ///< after `$NAME` injection
  bool has_injected_vars = false;           ///< some are of the server's environment, and may be secrets
  std::optional<UrlForm> url_form;          ///< none: the project's choice
  std::optional<std::string> kv_namespace;  ///< [data.kv] namespace
  bool snapshot = true;                     ///< whether its initialisation may be done once for all requests
  Limits limits;                            ///< [limits], over the project's
  std::optional<FetchConfig> fetch{};       ///< none: it reaches nobody
  std::vector<FolderMount> folders{};       ///< [[folders]], in their order
  std::map<std::string, std::string> kv_bindings{};  ///< [data.kv.bindings]: namespaces by the worker's names
};

/// Looks up an environment variable of the server; none: unset.
using Environment = std::function<std::optional<std::string>(const std::string&)>;

/// Reads `text`, the content of `file`. Problems go to `diagnostics`, as many as there are; after an
/// error the result holds what could be read and must not be served. `limits` holds where [limits] is silent.
[[nodiscard]] WorkerConfig parse_worker_config(std::string_view text, const std::string& file,
                                               const Environment& environment, const Limits& limits,
                                               Diagnostics& diagnostics);

}  // namespace wws::config
