#include "supervisor/site_message.h"

#include <boost/json.hpp>
#include <utility>

#include "supervisor/json_fields.h"
#include "supervisor/log_settings.h"

namespace wws::supervisor {
namespace {

namespace json = boost::json;

json::value to_value(const config::Limits& limits) {
  json::object object = {{"memory", limits.memory},
                         {"cpu_time_ns", limits.cpu_time.count()},
                         {"time_ns", limits.time.count()},
                         {"output", limits.output},
                         {"log", limits.log},
                         {"table_elements", limits.table_elements},
                         {"stack", limits.stack}};
  if (limits.concurrency) object["concurrency"] = *limits.concurrency;
  return object;
}

json::value to_value(const abi::WorkerMounts& mounts) {
  json::array list;
  for (const wasm::GuestMount& mount : mounts.mounts)
    list.push_back(json::object{{"name", mount.name}, {"mode", static_cast<int>(mount.mode)}});
  return json::object{{"place", mounts.place}, {"list", std::move(list)}};
}

json::value to_value(const WorkerMessage& worker) {
  json::object vars;
  for (const auto& [name, value] : worker.config.vars) vars[name] = value;
  json::object object = {
      {"file", worker.file},     {"name", worker.config.name}, {"version", worker.config.version},
      {"vars", std::move(vars)}, {"module", worker.module},    {"limits", to_value(worker.config.limits)}};
  object["abi"] = static_cast<int>(worker.config.abi);
  object["takes_stream"] = worker.takes_stream;
  if (worker.route_slot != 0) object["route_slot"] = worker.route_slot;
  if (worker.config.url_form) object["url_form"] = static_cast<int>(*worker.config.url_form);
  if (worker.kv_space) object["kv_space"] = *worker.kv_space;
  if (!worker.kv_bindings.empty()) {
    json::object bindings;
    for (const auto& [name, place] : worker.kv_bindings) bindings[name] = place;
    object["kv_bindings"] = std::move(bindings);
  }
  if (worker.fetch_grant && worker.config.fetch)  // where it may go is for the egress child to know
    object["fetch"] = json::object{{"grant", *worker.fetch_grant},
                                   {"at_a_time", worker.config.fetch->at_a_time},
                                   {"per_request", worker.config.fetch->per_request}};
  if (worker.mounts) object["mounts"] = to_value(*worker.mounts);
  if (!worker.missing_folder.empty()) object["missing_folder"] = worker.missing_folder;
  return object;
}

json::value to_value(const server::Failure& failure) {
  json::array lines;
  for (const server::SourceLine& line : failure.lines)
    lines.push_back(json::object{{"number", line.number}, {"text", line.text}});
  json::object object = {{"file", failure.file}, {"message", failure.message}, {"lines", std::move(lines)}};
  if (failure.place)
    object["place"] = json::object{
        {"file", failure.place->file}, {"line", failure.place->line}, {"column", failure.place->column}};
  return object;
}

json::value to_value(const server::Live& live) {
  json::array failures;
  for (const server::Failure& failure : live.failures) failures.push_back(to_value(failure));
  return json::object{{"revision", live.revision},
                      {"styles", live.styles},
                      {"root", live.root},
                      {"failures", std::move(failures)}};
}

// The readers below throw what Boost.JSON throws; parse_site() catches it.

config::Limits to_limits(const json::object& object) {
  config::Limits limits;
  limits.memory = object.at("memory").to_number<std::uint64_t>();
  limits.cpu_time = base::Duration(object.at("cpu_time_ns").to_number<std::int64_t>());
  limits.time = base::Duration(object.at("time_ns").to_number<std::int64_t>());
  limits.output = object.at("output").to_number<std::uint64_t>();
  limits.log = object.at("log").to_number<std::uint64_t>();
  limits.table_elements = object.at("table_elements").to_number<std::uint64_t>();
  limits.stack = object.at("stack").to_number<std::uint64_t>();
  if (const auto* concurrency = object.if_contains("concurrency"))
    limits.concurrency = concurrency->to_number<std::uint32_t>();
  return limits;
}

abi::WorkerMounts to_mounts(const json::object& object) {
  abi::WorkerMounts mounts;
  mounts.place = object.at("place").to_number<std::uint16_t>();
  for (const json::value& mount : object.at("list").as_array()) {
    mounts.mounts.push_back({string_at(mount.as_object(), "name"),
                             wasm::GuestMount::Mode{mount.at("mode").to_number<std::uint8_t>()}});
  }
  return mounts;
}

WorkerMessage to_worker(const json::object& object) {
  WorkerMessage worker;
  worker.file = string_at(object, "file");
  worker.config.name = string_at(object, "name");
  worker.config.version = string_at(object, "version");
  worker.config.abi = config::WorkerAbi{object.at("abi").to_number<int>()};
  for (const auto& [name, value] : object.at("vars").as_object()) {
    worker.config.vars.emplace(name, json::value_to<std::string>(value));
  }
  worker.module = object.at("module").to_number<std::uint32_t>();
  worker.takes_stream = object.at("takes_stream").as_bool();
  worker.config.limits = to_limits(object.at("limits").as_object());
  if (const auto* form = object.if_contains("url_form"))
    worker.config.url_form = config::UrlForm{form->to_number<int>()};
  if (const auto* fetch = object.if_contains("fetch")) {
    worker.fetch_grant = fetch->at("grant").to_number<std::uint16_t>();
    worker.config.fetch.emplace();
    worker.config.fetch->at_a_time = fetch->at("at_a_time").to_number<std::uint32_t>();
    worker.config.fetch->per_request = fetch->at("per_request").to_number<std::uint32_t>();
  }
  if (const auto* space = object.if_contains("kv_space")) worker.kv_space = space->to_number<std::uint16_t>();
  if (const auto* bindings = object.if_contains("kv_bindings")) {
    for (const auto& [name, place] : bindings->as_object())
      worker.kv_bindings.emplace(name, place.to_number<std::uint16_t>());
  }
  if (const auto* mounts = object.if_contains("mounts")) worker.mounts = to_mounts(mounts->as_object());
  if (const auto* slot = object.if_contains("route_slot"))
    worker.route_slot = slot->to_number<metrics::RouteSlot>();
  if (object.contains("missing_folder")) worker.missing_folder = string_at(object, "missing_folder");
  return worker;
}

server::Failure to_failure(const json::object& object) {
  server::Failure failure{string_at(object, "file"), string_at(object, "message"), {}, {}};
  for (const json::value& line : object.at("lines").as_array())
    failure.lines.push_back(
        {line.at("number").to_number<std::uint32_t>(), string_at(line.as_object(), "text")});
  if (const auto* place = object.if_contains("place"))
    failure.place = {string_at(place->as_object(), "file"), place->at("line").to_number<std::uint32_t>(),
                     place->at("column").to_number<std::uint32_t>()};
  return failure;
}

server::Live to_live(const json::object& object) {
  server::Live live{object.at("revision").to_number<std::uint64_t>(),
                    object.at("styles").to_number<std::uint64_t>(),
                    string_at(object, "root"),
                    {}};
  for (const json::value& failure : object.at("failures").as_array())
    live.failures.push_back(to_failure(failure.as_object()));
  return live;
}

SiteMessage to_site(const json::object& object) {
  SiteMessage site;
  site.root = string_at(object, "root");
  site.files = {string_at(object, "files_base"), string_at(object, "files_folder")};
  site.prefix = string_at(object, "prefix");
  site.url_form = config::UrlForm{object.at("url_form").to_number<int>()};
  site.detail = server::ErrorDetail{object.at("detail").to_number<int>()};
  site.logging = to_log_settings(object.at("logging"));
  site.access_format = string_at(object, "access_format");
  site.access_lines = server::AccessLog::Lines{object.at("access_lines").to_number<int>()};
  site.memory_reset = config::MemoryReset{object.at("memory_reset").to_number<int>()};
  site.instances = object.at("instances").to_number<std::uint32_t>();
  site.connections_per_address = object.at("connections_per_address").to_number<std::uint32_t>();
  site.body_bytes = object.at("body_bytes").to_number<std::uint64_t>();
  site.stop_seconds = object.at("stop_seconds").to_number<std::int64_t>();
  for (const json::value& worker : object.at("workers").as_array())
    site.workers.push_back(to_worker(worker.as_object()));
  if (const auto* live = object.if_contains("live")) site.live = to_live(live->as_object());
  return site;
}

}  // namespace

std::string to_json(const SiteMessage& site) {
  json::array workers;
  for (const WorkerMessage& worker : site.workers) workers.push_back(to_value(worker));
  json::object object = {{"root", site.root},
                         {"files_base", site.files.base.string()},
                         {"files_folder", site.files.folder},
                         {"prefix", site.prefix},
                         {"url_form", static_cast<int>(site.url_form)},
                         {"detail", static_cast<int>(site.detail)},
                         {"logging", to_value(site.logging)},
                         {"access_format", site.access_format},
                         {"access_lines", static_cast<int>(site.access_lines)},
                         {"memory_reset", static_cast<int>(site.memory_reset)},
                         {"instances", site.instances},
                         {"connections_per_address", site.connections_per_address},
                         {"body_bytes", site.body_bytes},
                         {"stop_seconds", site.stop_seconds},
                         {"workers", std::move(workers)}};
  if (site.live) object["live"] = to_value(*site.live);
  return json::serialize(object);
}

Result<SiteMessage> parse_site(std::string_view text) {
  try {
    return to_site(json::parse(json::string_view(text.data(), text.size())).as_object());
  } catch (const std::exception& error) {
    return fail(ErrorCode::kInternal, std::string("channel: a site that cannot be read: ") + error.what());
  }
}

}  // namespace wws::supervisor
