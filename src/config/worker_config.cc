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

void read_data(const toml::table& table, WorkerConfig& config, Reporter& reporter) {
  const auto kv = open_section<kDataKv>(table, reporter);
  if (!kv) return;
  config.kv_namespace = kv->text("namespace");
  if (config.kv_namespace && !is_namespace(*config.kv_namespace))
    kv->error("namespace", "\"namespace\" is a name of 1 to 128 printable bytes");
  if (config.kv_namespace && config.abi == WorkerAbi::kCgi)
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
