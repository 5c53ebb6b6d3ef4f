#include "cli/store.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/log.h"
#include "cli/logging.h"

namespace wws::cli {
namespace {

namespace fs = std::filesystem;
using supervisor::StoreKind;
using supervisor::StoreMessage;

/// Makes the folder and those above it that are missing, for the user that the store child becomes.
int make_folder(const fs::path& folder, const hardening::Policy& policy) {
  if (mkdir(folder.c_str(), 0700) == 0) {
    const auto& identity = policy.identity;
    return identity && chown(folder.c_str(), identity->user, identity->group) != 0 ? errno : 0;
  }
  if (errno == ENOENT && folder.has_parent_path() && folder != folder.parent_path()) {
    if (const int error = make_folder(folder.parent_path(), policy)) return error;
    return make_folder(folder, policy);
  }
  return errno == EEXIST ? 0 : errno;
}

/// The first line of a file of secrets.
Result<std::string> read_secret(const fs::path& file) {
  auto text = base::read_file(file);
  if (text) text->resize(std::min(text->find_first_of("\r\n"), text->size()));
  return text;
}

}  // namespace

Result<std::optional<kv::RedisOptions>> redis_options(const std::optional<config::KvPlace>& place,
                                                      const runtime::Project& project) {
  const config::KvConfig& config = project.config.kv;
  const auto& chosen = place ? place : config.place;
  if (!chosen || chosen->kind != config::KvPlace::Kind::kRedis) return std::nullopt;
  const config::RedisUrl& url = chosen->redis;
  kv::RedisOptions options;
  options.topology = static_cast<kv::RedisTopology>(url.topology);
  options.tls = static_cast<kv::RedisTls>(url.tls);
  for (const config::RedisUrl::Host& host : url.hosts) options.hosts.push_back({host.name, host.port});
  options.primary = url.primary;
  options.user = url.user;
  options.password = url.password;
  options.database = url.database;
  options.prefix = url.prefix;
  if (config.time_limit) options.limit = std::chrono::ceil<std::chrono::milliseconds>(*config.time_limit);
  if (config.namespace_quota) options.namespace_quota = *config.namespace_quota;
  if (config.password_file) {
    auto password = read_secret(project.root / *config.password_file);
    if (!password) return fail(password);
    options.password = std::move(*password);
  }
  if (config.ca_file) {
    auto roots = base::read_file(project.root / *config.ca_file);
    if (!roots) return fail(roots);
    options.roots = std::move(*roots);
  }
  return options;
}

Result<fs::path> store_folder(const std::optional<config::KvPlace>& place, const runtime::Project& project) {
  const auto& chosen = place ? place : project.config.kv.place;
  if (chosen && chosen->kind == config::KvPlace::Kind::kMemory)
    return fail(ErrorCode::kBadUsage, "a store in memory is in its server, and nobody else can reach it");
  return (project.root / (chosen ? chosen->folder : ".wws/kv")).lexically_normal();
}

Result<std::optional<StoreMessage>> plan_store(const ServeOptions& options, const runtime::Project& project,
                                               const hardening::Policy& policy) {
  StoreMessage store;
  const auto add = [&store](const std::string& space) {
    if (std::ranges::find(store.spaces, space) == store.spaces.end()) store.spaces.push_back(space);
  };
  for (const config::WorkerConfig& worker : project.configs) {
    if (worker.kv_namespace) add(*worker.kv_namespace);
    for (const auto& [name, space] : worker.kv_bindings) add(space);
  }
  if (store.spaces.empty()) return std::nullopt;
  store.logging = log_settings(options);
  const config::KvConfig& config = project.config.kv;
  if (config.namespace_quota) store.quotas.per_namespace = *config.namespace_quota;
  if (config.quota) store.quotas.total = *config.quota;
  const auto& place = options.kv ? options.kv : config.place;
  if (place && place->kind == config::KvPlace::Kind::kMemory) {
    store.kind = StoreKind::kMemory;
    return store;
  }
  auto redis = redis_options(place, project);
  if (!redis) return fail(redis);
  if (*redis) {
    store.kind = StoreKind::kRedis;
    store.redis = std::move(**redis);
    return store;
  }
  auto folder = store_folder(place, project);
  if (!folder) return fail(folder);
  store.folder = folder->string();
  const int error = make_folder(store.folder, policy);
  if (error == 0) return store;
  if (place)
    return fail(ErrorCode::kIo,
                fmt::format("the key-value store: {}: {}", store.folder, base::errno_text(error)));
  log::warn(
      "{}: {}: what workers keep in the key-value store is lost at the end; --kv file:FOLDER names another "
      "place",
      store.folder, base::errno_text(error));
  store.kind = StoreKind::kMemory;
  return store;
}

}  // namespace wws::cli
