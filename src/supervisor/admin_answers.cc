#include "supervisor/admin_answers.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <unordered_map>
#include <utility>

#include "config/diagnostics.h"
#include "router/route_table.h"
#include "supervisor/json_fields.h"

namespace wws::supervisor {
namespace {

namespace json = boost::json;

json::object masked(const std::map<std::string, std::string>& vars) {
  json::object object;
  for (const auto& [name, _] : vars) object[name] = kMasked;
  return object;
}

std::string_view name_of(router::Segment::Kind kind) {
  switch (kind) {
    case router::Segment::Kind::kStatic:
      return "static";
    case router::Segment::Kind::kDynamic:
      return "dynamic";
    case router::Segment::Kind::kTail:
      return "tail";
  }
  return "";
}

json::object worker_json(const WorkerMessage& worker, const SiteMessage& site, const ModuleState& state) {
  json::array folders;
  for (const config::FolderMount& folder : worker.config.folders) {
    folders.push_back(
        json::object{{"from", folder.from},
                     {"to", folder.to},
                     {"mode", folder.mode == config::FolderMount::Mode::kReadOnly ? "ro" : "rw"}});
  }
  json::object object = {{"id", worker_id(worker.file)},
                         {"name", worker.config.name},
                         {"version", worker.config.version},
                         {"file", worker.file},
                         {"route", router::make_route(worker.file, site.prefix).pattern},
                         {"state", state.name},
                         {"limits", limits_json(worker.config.limits)},
                         {"folders", std::move(folders)},
                         {"vars", masked(worker.config.vars)}};
  if (!state.error.empty()) object["error"] = state.error;
  if (worker.config.kv_namespace) object["kv_namespace"] = *worker.config.kv_namespace;
  if (!worker.config.kv_bindings.empty()) {
    json::object bindings;
    for (const auto& [name, space] : worker.config.kv_bindings) bindings[name] = space;
    object["kv_bindings"] = std::move(bindings);
  }
  if (const auto& fetch = worker.config.fetch) {
    object["fetch"] = json::object{{"hosts", to_array(fetch->hosts)},
                                   {"methods", to_array(fetch->methods)},
                                   {"allow_http", fetch->allow_http}};
  }
  return object;
}

}  // namespace

double in_seconds(base::Duration time) { return std::chrono::duration<double>(time).count(); }

std::string_view short_name(const runtime::Role& role) {
  const std::string_view name = role.name;
  return name.substr(0, name.find(' '));
}

/// FNV-1a: it has to tell files apart, and nothing more.
std::string worker_id(std::string_view file) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : file) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return fmt::format("{:016x}", hash);
}

json::object limits_json(const config::Limits& limits) {
  json::object object = {{"memory_bytes", limits.memory},
                         {"cpu_time_seconds", in_seconds(limits.cpu_time)},
                         {"time_seconds", in_seconds(limits.time)},
                         {"output_bytes", limits.output},
                         {"log_bytes", limits.log},
                         {"table_elements", limits.table_elements},
                         {"stack_bytes", limits.stack}};
  if (limits.concurrency) object["concurrency"] = *limits.concurrency;
  return object;
}

json::array workers_json(const SiteMessage& site, const StateOf& state_of) {
  json::array list;
  for (const WorkerMessage& worker : site.workers)
    list.push_back(worker_json(worker, site, state_of(worker.module)));
  return list;
}

json::array routes_json(const SiteMessage& site) {
  std::vector<router::Route> routes;
  for (const WorkerMessage& worker : site.workers)
    routes.push_back(router::make_route(worker.file, site.prefix));
  config::Diagnostics nothing_new;
  const auto table = router::RouteTable::build(std::move(routes), nothing_new);
  json::array list;
  for (const router::Route& route : table.routes()) {
    list.push_back(json::object{{"route", route.pattern},
                                {"kind", name_of(route.kind)},
                                {"file", route.file},
                                {"worker", worker_id(route.file)}});
  }
  return list;
}

json::array old_workers_json(const SiteMessage& site) {
  json::array list;
  for (const WorkerMessage& worker : site.workers) {
    list.push_back(json::object{{"id", worker_id(worker.file)},
                                {"name", worker.config.name},
                                {"path", router::make_route(worker.file, site.prefix).pattern},
                                {"filepath", (std::filesystem::path(site.root) / worker.file).string()}});
  }
  return list;
}

std::optional<json::object> old_worker_json(const SiteMessage& site, std::string_view id) {
  for (const WorkerMessage& worker : site.workers) {
    if (worker_id(worker.file) != id) continue;
    json::value space;
    if (worker.config.kv_namespace) space = *worker.config.kv_namespace;
    json::array folders;
    for (const config::FolderMount& folder : worker.config.folders)
      folders.push_back(json::object{{"from", folder.from}, {"to", folder.to}});
    return json::object{{"id", id},
                        {"name", worker.config.name},
                        {"version", worker.config.version},
                        {"data", json::object{{"kv", std::move(space)}}},
                        {"folders", std::move(folders)},
                        {"vars", masked(worker.config.vars)}};
  }
  return std::nullopt;
}

}  // namespace wws::supervisor
