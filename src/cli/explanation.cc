#include "cli/explanation.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <iterator>
#include <string_view>

#include "abi/imports.h"
#include "assets/lookup.h"
#include "assets/public_folder.h"
#include "base/beneath.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/quantity.h"
#include "http/fields.h"
#include "http/request.h"
#include "router/prefix.h"
#include "runtime/script_files.h"
#include "runtime/source.h"
#include "supervisor/admin_answers.h"

namespace wws::cli {
namespace {

namespace json = boost::json;
using Kind = router::Segment::Kind;

/// The target of a request for a URL that a person wrote.
Result<http::Request> make_request(const std::string& method, const std::string& url) {
  if (!http::is_token(method))
    return fail(ErrorCode::kBadUsage, fmt::format("\"{}\" is no method", log::escaped(method)));
  http::Request request;
  std::string text = url.substr(0, url.find('#'));
  if (!text.starts_with('/') && !text.starts_with("http://") && !text.starts_with("https://"))
    text.insert(text.begin(), '/');
  const std::string_view held = request.text.assign(method + text);
  request.method = held.substr(0, method.size());
  http::take_target(held.substr(method.size()), request);
  return request;
}

/// The file of public/ for a path, by its URL; std::nullopt: there is none.
std::optional<std::string> file_for(const runtime::Project& project, std::string_view below) {
  const assets::Start start{base::open_start(project.files.base), base::available_resolver(),
                            project.files.folder};
  if (!start.base) return std::nullopt;
  const auto found = assets::find_file(start, below);
  if (!found) return std::nullopt;
  std::string path = project.files.folder + std::string(below);
  // The name tells what was found in its place: an index, or the path with .html added.
  if (!path.ends_with("/" + found->name)) {
    if (path.ends_with('/')) {
      path += found->name;
    } else if (found->name == "index.html") {
      path += "/index.html";
    } else {
      path = path.substr(0, path.rfind('/') + 1) + found->name;
    }
  }
  return path;
}

/// Files of workers for the same paths, which the route's own goes before.
std::vector<std::string> files_of_the_same(const router::Route& route) {
  std::vector<std::string> files;
  for (const std::string& file : route.others)
    files.push_back(fmt::format("{}: {} is for the same paths, and goes first", file, route.file));
  return files;
}

/// Other routes that match, in the order in which they would have their turn.
std::vector<std::string> later_routes(const runtime::Project& project, std::string_view path,
                                      std::size_t first) {
  std::vector<std::string> routes;
  for (std::size_t i = 0; i < project.routes.routes().size(); ++i) {
    const router::Route& route = project.routes.routes()[i];
    config::Diagnostics none;
    if (i != first && router::RouteTable::build({route}, none).match(path)) {
      routes.push_back(fmt::format("{}, the worker of {}: it is less specific", route.file, route.pattern));
    }
  }
  return routes;
}

std::vector<std::string> imports_if(const wasm::ModuleOutline& outline, std::string_view module,
                                    std::string_view prefix) {
  std::vector<std::string> names;
  for (const wasm::ModuleOutline::Import& import : outline.imports) {
    if (import.module == module && import.name.starts_with(prefix)) names.emplace_back(import.name);
  }
  return names;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

/// `namespace visits, CARTS (carts)`; empty: it has none.
std::string namespaces_text(const config::WorkerConfig& config) {
  std::vector<std::string> parts;
  if (config.kv_namespace) parts.push_back(fmt::format("namespace {}", *config.kv_namespace));
  for (const auto& [name, space] : config.kv_bindings) parts.push_back(fmt::format("{} ({})", name, space));
  return joined(parts);
}

std::string folders_text(const config::WorkerConfig& config) {
  std::vector<std::string> parts;
  for (const config::FolderMount& folder : config.folders) {
    const bool reads = folder.mode == config::FolderMount::Mode::kReadOnly;
    parts.push_back(fmt::format("{} ({})", folder.to, reads ? "ro" : "rw"));
  }
  return joined(parts);
}

/// `outline`: null for a script, whose engine imports all there is.
std::vector<Capability> capabilities_of(const config::WorkerConfig& config,
                                        const wasm::ModuleOutline* outline) {
  const wasm::ModuleOutline none;
  const wasm::ModuleOutline& module = outline != nullptr ? *outline : none;
  constexpr std::string_view kWasi = "wasi_snapshot_preview1";
  std::vector<std::string> fetches = imports_if(module, "wws_v1", "fetch_");
  std::ranges::copy(imports_if(module, "http", "send-http-request"), std::back_inserter(fetches));
  return {
      {"key-value store", imports_if(module, "wws_v1", "kv_"), namespaces_text(config),
       "[data.kv] namespace in its TOML"},
      {"outgoing HTTP", std::move(fetches), config.fetch ? joined(config.fetch->hosts) : "",
       "[features.http_requests] allowed_hosts in its TOML"},
      {"folders", imports_if(module, kWasi, "path_"), folders_text(config), "[[folders]] in its TOML"},
  };
}

void describe_worker(Explanation& explanation, const runtime::Project& project) {
  const config::WorkerConfig& config = project.configs[*explanation.worker];
  explanation.is_script = runtime::is_javascript(explanation.file);
  if (explanation.is_script) {
    explanation.capabilities = capabilities_of(config, nullptr);
    return;
  }
  const auto cannot_be_run = [&](const Error& error) {
    explanation.problem = error.message;
    explanation.status = base::http_status(error.code);
  };
  const auto module = runtime::read_engine_module(project.root, runtime::wasm_source(explanation.file));
  if (!module) return cannot_be_run(module.error());
  const auto& outline = (*module)->outline();
  if (!outline) return cannot_be_run(outline.error());
  explanation.capabilities = capabilities_of(config, &*outline);
  if (const auto known = abi::check_imports(*outline); !known) cannot_be_run(known.error());
}

void answer_by_file(Explanation& explanation, const std::string& file, std::string why) {
  explanation.by = Explanation::By::kFile;
  explanation.file = file;
  const bool reads = explanation.method == "GET" || explanation.method == "HEAD";
  explanation.status = reads ? 200 : 405;
  explanation.why = std::move(why);
}

}  // namespace

Result<Explanation> explain(const runtime::Project& project, const std::string& method,
                            const std::string& url) {
  auto request = make_request(method, url);
  if (!request) return fail(request);
  Explanation explanation;
  explanation.method = method;
  explanation.path = request->path;
  if (request->resource == http::Resource::kNothing) {
    explanation.path = request->target;
    explanation.status = 404;
    explanation.why = "the path climbs above the root, or has an escape that no path can have";
    return explanation;
  }
  const auto match = project.routes.match(request->path);
  const auto below = router::below_prefix(request->path, project.prefix);
  const auto file = below ? file_for(project, *below) : std::nullopt;
  const bool reads = method == "GET" || method == "HEAD";
  if (!match) {
    if (file) {
      answer_by_file(explanation, *file,
                     reads ? "no route matches, and there is this file" : "files answer GET and HEAD alone");
      return explanation;
    }
    explanation.status = 404;
    explanation.why = below ? "no route matches, and there is no such file"
                            : fmt::format("the path is not below the prefix {}", project.prefix);
    return explanation;
  }
  const router::Route& route = project.routes.routes()[match->route];
  explanation.shadowed = files_of_the_same(route);
  std::ranges::copy(later_routes(project, request->path, match->route),
                    std::back_inserter(explanation.shadowed));
  if (file && route.kind != Kind::kStatic && reads) {
    explanation.shadowed.insert(
        explanation.shadowed.begin(),
        fmt::format("{}, the worker of {}: a file goes before a route with parameters", route.file,
                    route.pattern));
    answer_by_file(explanation, *file, "a file goes before a route with parameters");
    return explanation;
  }
  explanation.by = Explanation::By::kWorker;
  explanation.worker = match->route;
  explanation.file = route.file;
  explanation.route = route.pattern;
  explanation.parameters = match->parameters;
  explanation.why = explanation.shadowed.size() == route.others.size()
                        ? "it is the one route that matches"
                        : "it is the most specific route that matches";
  if (file) {
    explanation.shadowed.push_back(fmt::format("{}: {}", *file,
                                               route.kind == Kind::kStatic
                                                   ? "a route without parameters goes before files"
                                                   : "files answer GET and HEAD alone"));
  }
  describe_worker(explanation, project);
  return explanation;
}

namespace {

std::string limits_text(const config::Limits& limits) {
  std::string text =
      fmt::format("memory {}, cpu_time {}, time {}, output {}, log {}, table_elements {}, stack {}",
                  base::format_size(limits.memory), base::format_duration(limits.cpu_time),
                  base::format_duration(limits.time), base::format_size(limits.output),
                  base::format_size(limits.log), limits.table_elements, base::format_size(limits.stack));
  if (limits.concurrency) text += fmt::format(", concurrency {}", *limits.concurrency);
  return text;
}

std::string line(std::string_view name, std::string_view text) {
  return fmt::format("  {:<17}{}", name, log::escaped(text));
}

/// What it was granted against what its module imports.
std::string capability_text(const Capability& capability, bool is_script) {
  std::string text = capability.grant.empty() ? "not granted" : "granted: " + capability.grant;
  if (is_script) return text;
  if (capability.imports.empty()) return text + "; its module does not ask for it";
  text += fmt::format("; its module imports {}", joined(capability.imports));
  if (capability.grant.empty()) text += fmt::format(", and its calls fail: {} grants it", capability.remedy);
  return text;
}

}  // namespace

std::vector<std::string> to_lines(const Explanation& explanation, const runtime::Project& project) {
  std::vector<std::string> lines = {log::escaped(fmt::format("{} {}", explanation.method, explanation.path))};
  switch (explanation.by) {
    case Explanation::By::kWorker:
      lines.push_back(
          line("answered by", fmt::format("{}, the worker of {}", explanation.file, explanation.route)));
      break;
    case Explanation::By::kFile:
      lines.push_back(line("answered by", explanation.file));
      break;
    case Explanation::By::kNobody:
      lines.push_back(line("answered by", "nobody"));
      break;
  }
  if (explanation.status != 0) lines.push_back(line("status", std::to_string(explanation.status)));
  lines.push_back(line("why", explanation.why));
  for (const auto& [name, value] : explanation.parameters)
    lines.push_back(line("parameter", fmt::format("{} = {}", name, value)));
  for (const std::string& shadowed : explanation.shadowed) lines.push_back(line("stands before", shadowed));
  if (!explanation.worker) return lines;
  const config::WorkerConfig& config = project.configs[*explanation.worker];
  if (!explanation.problem.empty()) lines.push_back(line("cannot be run", explanation.problem));
  lines.push_back(line("limits", limits_text(config.limits)));
  for (const auto& [name, _] : config.vars)
    lines.push_back(line("variable", fmt::format("{} = {}", name, supervisor::kMasked)));
  for (const Capability& capability : explanation.capabilities)
    lines.push_back(line(capability.name, capability_text(capability, explanation.is_script)));
  return lines;
}

std::string to_json(const Explanation& explanation, const runtime::Project& project) {
  constexpr std::string_view kBy[] = {"worker", "file", "nobody"};
  json::object object = {{"method", explanation.method},
                         {"path", explanation.path},
                         {"answered_by", kBy[static_cast<std::size_t>(explanation.by)]},
                         {"why", explanation.why},
                         {"shadowed", json::array(explanation.shadowed.begin(), explanation.shadowed.end())}};
  if (!explanation.file.empty()) object["file"] = explanation.file;
  if (explanation.status != 0) object["status"] = explanation.status;
  if (!explanation.worker) return json::serialize(object);
  const config::WorkerConfig& config = project.configs[*explanation.worker];
  object["route"] = explanation.route;
  json::object parameters;
  for (const auto& [name, value] : explanation.parameters) parameters[name] = value;
  object["parameters"] = std::move(parameters);
  object["limits"] = supervisor::limits_json(config.limits);
  json::object vars;
  for (const auto& [name, _] : config.vars) vars[name] = supervisor::kMasked;
  object["vars"] = std::move(vars);
  json::array capabilities;
  for (const Capability& capability : explanation.capabilities) {
    json::object one = {{"name", capability.name}, {"granted", !capability.grant.empty()}};
    if (!capability.grant.empty()) one["grant"] = capability.grant;
    if (!explanation.is_script)
      one["imports"] = json::array(capability.imports.begin(), capability.imports.end());
    capabilities.push_back(std::move(one));
  }
  object["capabilities"] = std::move(capabilities);
  if (!explanation.problem.empty()) object["problem"] = explanation.problem;
  return json::serialize(object);
}

}  // namespace wws::cli
