#include "supervisor/site_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/log.h"
#include "router/route.h"

namespace wws::supervisor {
namespace {

constexpr std::size_t kMostPlaces = std::numeric_limits<std::uint16_t>::max();

using ByPattern = std::unordered_map<std::string, const WorkerMessage*>;

std::string pattern_of(const SiteMessage& site, const WorkerMessage& worker) {
  return router::make_route(worker.file, site.prefix).pattern;
}

ByPattern by_pattern(const SiteMessage& site) {
  ByPattern workers;
  for (const WorkerMessage& worker : site.workers) workers.emplace(pattern_of(site, worker), &worker);
  return workers;
}

std::unexpected<Error> full(std::string_view what) {
  return fail(ErrorCode::kBadConfig,
              fmt::format("too many {} came since the server was started: start it again", what));
}

/// The place of an entry in a table, at whose end it is put if it is not there. std::nullopt: there is no
/// room.
template <class Entry>
std::optional<std::uint16_t> place_in(std::vector<Entry>& table, const Entry& entry, std::size_t most) {
  const auto found = std::ranges::find(table, entry);
  const auto place = static_cast<std::size_t>(found - table.begin());
  if (place >= most) return std::nullopt;
  if (found == table.end()) table.push_back(entry);
  return static_cast<std::uint16_t>(place);
}

/// Of a store's orders what says whose keys it has. The others can change while it has them.
std::string identity(StoreMessage store) {
  store.spaces.clear();
  store.quotas = {};
  store.logging = {};
  const kv::RedisOptions none;
  store.redis.password.clear();
  store.redis.roots.clear();
  store.redis.limit = none.limit;
  store.redis.namespace_quota = none.namespace_quota;
  return to_json(store);
}

std::string describe(const StoreMessage& store) {
  switch (store.kind) {
    case StoreKind::kMemory:
      return "the key-value store is in memory";
    case StoreKind::kFile:
      return "the key-value store is in " + log::escaped(store.folder);
    case StoreKind::kRedis:
      break;
  }
  return "the key-value store is in Redis at " + log::escaped(store.redis.hosts.front().name);
}

/// What the running store can have of the fresh orders.
void merge_store_settings(StoreMessage& store, const StoreMessage& fresh, std::vector<UsedLater>& later) {
  const bool are_same =
      store.quotas.per_namespace == fresh.quotas.per_namespace && store.quotas.total == fresh.quotas.total;
  if (!are_same) {
    store.quotas = fresh.quotas;
    store.redis.namespace_quota = fresh.quotas.per_namespace;
  }
  if (identity(store) != identity(fresh)) {
    later.push_back({"kv.place", "the place of the key-value store", describe(store)});
  } else if (!connect_alike(store, fresh)) {
    store.redis = fresh.redis;
  }
}

Result<void> merge_store(ServiceTables& tables, ProjectPlan& plan, std::size_t most,
                         std::vector<UsedLater>& later) {
  const auto& fresh = plan.tables.store;
  if (!fresh) return {};
  if (!tables.store) {
    tables.store = *fresh;
    tables.store->spaces.clear();
  } else {
    merge_store_settings(*tables.store, *fresh, later);
  }
  const auto place_now = [&](std::uint16_t place) {
    return place_in(tables.store->spaces, fresh->spaces.at(place), most);
  };
  for (WorkerMessage& worker : plan.site.workers) {
    if (worker.kv_space) {
      worker.kv_space = place_now(*worker.kv_space);
      if (!worker.kv_space) return full("namespaces of the key-value store");
    }
    for (auto& [name, place] : worker.kv_bindings) {
      const auto now = place_now(place);
      if (!now) return full("namespaces of the key-value store");
      place = *now;
    }
  }
  return {};
}

Result<void> merge_egress(ServiceTables& tables, ProjectPlan& plan) {
  const auto& fresh = plan.tables.egress;
  if (!fresh) return {};
  std::vector<GrantMessage> grants;
  if (tables.egress) grants = std::move(tables.egress->grants);
  tables.egress = *fresh;
  tables.egress->grants = std::move(grants);
  for (WorkerMessage& worker : plan.site.workers) {
    if (!worker.fetch_grant) continue;
    worker.fetch_grant = place_in(tables.egress->grants, fresh->grants.at(*worker.fetch_grant), kMostPlaces);
    if (!worker.fetch_grant) return full("tables [fetch]");
  }
  return {};
}

Result<void> merge_folders(ServiceTables& tables, ProjectPlan& plan) {
  const auto& fresh = plan.tables.folders;
  if (!fresh) return {};
  if (!tables.folders) {
    tables.folders.emplace().logging = fresh->logging;
  }
  for (WorkerMessage& worker : plan.site.workers) {
    if (!worker.mounts) continue;
    const auto place = place_in(tables.folders->mounts, fresh->mounts.at(worker.mounts->place), kMostPlaces);
    if (!place) return full("tables [[folders]]");
    worker.mounts->place = *place;
  }
  return {};
}

}  // namespace

void assign_modules(SiteMessage& site, const runtime::ModuleLoader& modules) {
  for (std::size_t i = 0; i < site.workers.size(); ++i) {
    site.workers[i].module = modules.of_source(i);
    site.workers[i].takes_stream = modules.takes_stream(site.workers[i].module);
  }
}

SiteMessage site_for_now(const SiteMessage& wanted, const SiteMessage& served, const CodeOf& code,
                         const Misconfigured& misconfigured) {
  using Kind = CodeState::Kind;
  SiteMessage site = wanted;
  site.workers.clear();
  const ByPattern present = by_pattern(served);
  for (const WorkerMessage& worker : wanted.workers) {
    const bool is_misconfigured = misconfigured.contains(worker.file);
    if (!is_misconfigured && code(worker.module).kind == Kind::kReady) {
      site.workers.push_back(worker);
      continue;
    }
    const auto old = present.find(pattern_of(wanted, worker));
    if (old != present.end() && code(old->second->module).kind != Kind::kFailed) {
      site.workers.push_back(*old->second);
    } else if (!is_misconfigured) {
      site.workers.push_back(worker);
    }
  }
  return site;
}

std::vector<std::uint32_t> modules_of(const SiteMessage& site) {
  std::vector<std::uint32_t> modules;
  for (const WorkerMessage& worker : site.workers) modules.push_back(worker.module);
  std::ranges::sort(modules);
  const auto rest = std::ranges::unique(modules);
  modules.erase(rest.begin(), rest.end());
  return modules;
}

bool connect_alike(const StoreMessage& running, const StoreMessage& wanted) {
  const kv::RedisOptions& one = running.redis;
  const kv::RedisOptions& other = wanted.redis;
  return running.kind != StoreKind::kRedis ||
         (one.password == other.password && one.roots == other.roots && one.limit == other.limit);
}

bool needs_new_process(const SiteMessage& started_for, const SiteMessage& site) {
  config::Limits pool;
  bool has_mounts = false;
  for (const WorkerMessage& worker : started_for.workers) {
    pool.memory = std::max(pool.memory, worker.config.limits.memory);
    pool.table_elements = std::max(pool.table_elements, worker.config.limits.table_elements);
    pool.stack = std::max(pool.stack, worker.config.limits.stack);
    has_mounts = has_mounts || worker.mounts;
  }
  const auto is_beyond = [&](const WorkerMessage& worker) {
    const config::Limits& limits = worker.config.limits;
    return limits.memory > pool.memory || limits.table_elements > pool.table_elements ||
           limits.stack > pool.stack || (worker.mounts && !has_mounts);
  };
  return started_for.root != site.root || started_for.files.base != site.files.base ||
         started_for.memory_reset != site.memory_reset || std::ranges::any_of(site.workers, is_beyond);
}

std::string name_for_log(const UsedLater& later, const config::KeyPlaces& places) {
  const auto place = places.find(later.key);
  if (place == places.end()) return later.what;
  return fmt::format("{}: {}", log::escaped(place->second), config::key_for_people(later.key));
}

Result<std::vector<UsedLater>> merge_tables(ServiceTables& tables, ProjectPlan& plan,
                                            std::size_t most_spaces) {
  std::vector<UsedLater> later;
  if (auto merged = merge_store(tables, plan, most_spaces, later); !merged) return fail(merged);
  if (auto merged = merge_egress(tables, plan); !merged) return fail(merged);
  if (auto merged = merge_folders(tables, plan); !merged) return fail(merged);
  return later;
}

}  // namespace wws::supervisor
