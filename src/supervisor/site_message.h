// The payload of MessageType::kSite: all that a serving process needs besides descriptors.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "abi/folders.h"
#include "abi/kv_bindings.h"
#include "assets/public_folder.h"
#include "base/log.h"
#include "base/result.h"
#include "config/project_config.h"
#include "config/worker_config.h"
#include "metrics/registry.h"
#include "server/access_log.h"
#include "server/dispatcher.h"
#include "server/limits.h"

namespace wws::supervisor {

/// One worker and the number of its module, of which MessageType::kModules brings news.
struct WorkerMessage {
  std::string file;
  config::WorkerConfig config;
  std::uint32_t module = 0;
  bool takes_stream = false;              ///< what its module's outline says of its ABI
  std::optional<std::uint16_t> kv_space;  ///< the place of its namespace in the key-value store
  std::optional<std::uint16_t>
      fetch_grant{};  ///< the place of what it may reach among the grants of the egress child
  std::optional<abi::WorkerMounts> mounts{};  ///< its folders
  std::string missing_folder{};               ///< one of them that is not there
  metrics::RouteSlot route_slot = 0;          ///< where its requests are counted
  abi::KvBindings kv_bindings{};              ///< its other namespaces, by their places
};

struct SiteMessage {
  std::string root;
  assets::Place files;
  std::string prefix;
  config::UrlForm url_form = config::UrlForm::kFull;
  server::ErrorDetail detail = server::ErrorDetail::kHidden;
  log::Settings logging{};
  std::string access_format{};  ///< as AccessFormat::parse() takes it
  server::AccessLog::Lines access_lines = server::AccessLog::Lines::kWritten;
  config::MemoryReset memory_reset = config::MemoryReset::kAuto;
  std::uint32_t instances = 1000;
  std::uint32_t connections_per_address = 0;  ///< 0: half of all
  std::uint64_t body_bytes = 0;
  std::int64_t stop_seconds = 0;
  std::vector<WorkerMessage> workers;
  std::optional<server::Live> live{};  ///< in development
};

[[nodiscard]] std::string to_json(const SiteMessage& site);
/// kInternal: not what to_json wrote.
[[nodiscard]] Result<SiteMessage> parse_site(std::string_view json);

}  // namespace wws::supervisor
