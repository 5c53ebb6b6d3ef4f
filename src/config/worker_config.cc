#include "config/worker_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "config/fetch_table.h"
#include "config/folders_table.h"
#include "config/later.h"
#include "config/limits_table.h"
#include "config/section.h"

namespace wws::config {
namespace {

/// `$NAME`, whole and without a space, stands for a variable of the server; `$$` at its start for one `$`.
std::string inject(const std::string& key, const toml::value<std::string>& value,
                   const Environment& environment, WorkerConfig& config, Reporter& reporter) {
  const std::string& text = value.get();
  if (!text.starts_with('$') || text.find(' ') != std::string::npos) return text;
  std::string name = text.substr(1);
  if (name.starts_with('$')) return name;
  if (name.empty()) {
    reporter.warning(
        value.source(),
        fmt::format("\"$\" names no variable; \"{}\" is an empty string; write $$ for a $", key));
    return "";
  }
  if (auto found = environment(name)) {
    config.has_injected_vars = true;
    if (base::is_utf8(*found)) return std::move(*found);
    reporter.error(value.source(),
                   fmt::format("the environment variable {} is not UTF-8, as \"{}\" has to be", name, key));
    return "";
  }
  reporter.warning(
      value.source(),
      fmt::format("the environment variable {} is not set; \"{}\" is an empty string", name, key));
  return "";
}

void read_vars(const toml::table& table, const Environment& environment, WorkerConfig& config,
               Reporter& reporter) {
  const toml::table* vars = read_table(table, kVars.path, reporter);
  if (vars == nullptr) return;
  for (const auto& [key, value] : *vars) {
    const std::string name(key.str());
    if (name.empty() || name.find('=') != std::string::npos || name.find('\0') != std::string::npos) {
      reporter.error(key.source(), fmt::format("\"{}\" cannot be the name of a variable", name));
    } else if (const auto* text = value.as_string()) {
      config.vars[name] = inject(name, *text, environment, config, reporter);
    } else {
      reporter.error(value.source(), fmt::format("the variable \"{}\" has to be a string, and is {}", name,
                                                 type_name(value)));
    }
  }
}

/// As the store takes it (kv/limits.h).
bool is_namespace(std::string_view name) {
  constexpr std::size_t kLongest = 128;
  return !name.empty() && name.size() <= kLongest &&
         std::ranges::none_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// What a script may call a constant.
bool is_identifier(std::string_view name) {
  constexpr std::size_t kLongest = 64;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && name.size() <= kLongest && !is_digit(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return is_letter(c) || is_digit(c); });
}

/// Why the worker cannot have a binding of this name; empty: it can.
std::string problem_of_binding(const std::string& name, const WorkerConfig& config) {
  if (!is_identifier(name))
    return fmt::format(
        "\"{}\" cannot be the name of a binding: it has 1 to 64 letters, digits and _, no digit first", name);
  if (config.vars.contains(name))
    return fmt::format(
        "\"{0}\" is in [vars] already, and env.{0} is one or the other: give the binding another name", name);
  if (name == "KV" && config.kv_namespace)
    return "env.KV is the \"namespace\" of [data.kv] already: give the binding another name, or leave that "
           "out";
  return {};
}

void read_bindings(const toml::table& table, WorkerConfig& config, Reporter& reporter) {
  constexpr std::size_t kMost = 64;
  const toml::table* bindings = open_table(table, kDataKvBindings, reporter);
  if (bindings == nullptr) return;
  if (bindings->size() > kMost)
    return reporter.error(
        bindings->source(),
        fmt::format("{} bindings are more than the {} that a worker may have", bindings->size(), kMost));
  for (const auto& [key, value] : *bindings) {
    const std::string name(key.str());
    const auto* space = value.as_string();
    if (std::string problem = problem_of_binding(name, config); !problem.empty()) {
      reporter.error(key.source(), std::move(problem));
    } else if (space == nullptr) {
      reporter.error(value.source(),
                     fmt::format("the binding \"{}\" has to be a string, the name of a namespace, and is {}",
                                 name, type_name(value)));
    } else if (!is_namespace(space->get())) {
      reporter.error(value.source(),
                     fmt::format("the namespace of \"{}\" is a name of 1 to 128 printable bytes", name));
    } else {
      config.kv_bindings.emplace(name, space->get());
    }
  }
}

void read_data(const toml::table& table, WorkerConfig& config, Reporter& reporter) {
  const auto kv = open_section<kDataKv>(table, reporter);
  if (!kv) return;
  config.kv_namespace = kv->text("namespace");
  if (config.kv_namespace && !is_namespace(*config.kv_namespace))
    kv->error("namespace", "\"namespace\" is a name of 1 to 128 printable bytes");
  read_bindings(table, config, reporter);
  if ((config.kv_namespace || !config.kv_bindings.empty()) && config.abi == WorkerAbi::kCgi)
    reporter.warning(
        kv->source(),
        "a CGI program has no way to the key-value store: leave [data.kv] out, or make it a JSON or "
        "a native worker");
}

WorkerAbi read_abi(const Section<kWorker>& worker) {
  enum class Named { kCgi };
  const auto named =
      worker.choice<Named>("abi", "; leave it out for other ABIs, which are found by looking at the module");
  return named ? WorkerAbi::kCgi : WorkerAbi::kInspected;
}

/// Another type is an error already.
bool is_written_as_table(const toml::node_view<const toml::node>& node) {
  return node.is_table() || node.is_array_of_tables();
}

/// Tables of the original whose feature is not there: said, not hidden.
void warn_of_later_tables(const toml::table& table, Reporter& reporter) {
  for (const Later& later : later_features()) {
    if (later.place != LaterPlace::kTable) continue;
    const auto node = table.at_path(later.name);
    if (is_written_as_table(node))
      reporter.warning(node.node()->source(), to_string(later) + "; the worker runs without");
  }
}

}  // namespace

WorkerConfig parse_worker_config(std::string_view text, const std::string& file,
                                 const Environment& environment, const Limits& limits,
                                 Diagnostics& diagnostics) {
  WorkerConfig config;
  config.limits = limits;
  Reporter reporter(file, diagnostics);
  const auto table = parse_toml(text, reporter);
  if (!table) return config;
  warn_of_unknown_names(*table, ConfigFile::kWorker, reporter);
  const Section<kWorker> worker(*table, reporter);
  if (auto name = worker.text("name")) config.name = std::move(*name);
  if (auto version = worker.text("version")) config.version = std::move(*version);
  config.abi = read_abi(worker);
  config.url_form = worker.choice<UrlForm>("url_form");
  config.snapshot = worker.flag("snapshot").value_or(true);
  read_vars(*table, environment, config, reporter);
  read_data(*table, config, reporter);
  config.folders = read_folders(*table, reporter);
  config.limits = read_limits(*table, limits, reporter);
  warn_of_later_tables(*table, reporter);
  config.fetch = read_fetch(*table, reporter);
  return config;
}

}  // namespace wws::config
