#include "config/project_config.h"

#include <fmt/format.h>

#include <utility>

#include "base/quantity.h"
#include "config/fetch_table.h"
#include "config/limits_table.h"
#include "config/toml_table.h"
#include "config/url_form.h"

namespace wws::config {
namespace {

void read_memory_reset(const toml::table& table, MemoryReset& reset, Reporter& reporter) {
  const auto text = read_string(table, "memory_reset", reporter);
  if (!text) return;
  if (*text == "auto") {
    reset = MemoryReset::kAuto;
  } else if (*text == "scan") {
    reset = MemoryReset::kScan;
  } else if (*text == "madvise") {
    reset = MemoryReset::kMadvise;
  } else {
    reporter.error(
        table.get("memory_reset")->source(),
        fmt::format("\"memory_reset\" is \"auto\", \"scan\" or \"madvise\", and not \"{}\"", *text));
  }
}

PublicConfig read_public(const toml::table& table, Reporter& reporter) {
  PublicConfig config;
  const toml::table* files = read_table(table, "public", reporter);
  if (files == nullptr) return config;
  warn_of_unknown_keys(*files, {"folder"}, reporter);
  auto folder = read_string(*files, "folder", reporter);
  if (!folder) return config;
  if (folder->empty() || folder->find('\0') != std::string::npos) {
    reporter.error(files->get("folder")->source(), "\"folder\" is the path of a folder, and not empty");
    return config;
  }
  return {std::move(*folder), true};
}

std::optional<std::uint64_t> read_quota(const toml::table& kv, std::string_view key, Reporter& reporter) {
  const auto text = read_string(kv, key, reporter);
  if (!text) return std::nullopt;
  const auto bytes = base::parse_size(*text);
  if (bytes) return *bytes;
  reporter.error(kv.get(key)->source(), bytes.error().message);
  return std::nullopt;
}

/// Of one operation. Longer than a minute nobody waits for an answer.
std::optional<base::Duration> read_time_limit(const toml::table& kv, Reporter& reporter) {
  const auto text = read_string(kv, "time_limit", reporter);
  if (!text) return std::nullopt;
  const auto limit = base::parse_duration(*text);
  if (limit && *limit >= std::chrono::milliseconds(1) && *limit <= std::chrono::minutes(1)) return *limit;
  reporter.error(kv.get("time_limit")->source(),
                 limit ? "\"time_limit\" is from 1ms to 1m" : limit.error().message);
  return std::nullopt;
}

std::optional<std::string> read_path(const toml::table& kv, std::string_view key, Reporter& reporter) {
  auto path = read_string(kv, key, reporter);
  if (!path || (!path->empty() && path->find('\0') == std::string::npos)) return path;
  reporter.error(kv.get(key)->source(), fmt::format("\"{}\" is the path of a file, and not empty", key));
  return std::nullopt;
}

KvConfig read_kv(const toml::table& table, Reporter& reporter) {
  KvConfig config;
  const toml::table* kv = read_table(table, "kv", reporter);
  if (kv == nullptr) return config;
  warn_of_unknown_keys(*kv, {"place", "namespace_quota", "quota", "time_limit", "ca_file", "password_file"},
                       reporter);
  config.namespace_quota = read_quota(*kv, "namespace_quota", reporter);
  config.quota = read_quota(*kv, "quota", reporter);
  config.time_limit = read_time_limit(*kv, reporter);
  config.ca_file = read_path(*kv, "ca_file", reporter);
  config.password_file = read_path(*kv, "password_file", reporter);
  const auto text = read_string(*kv, "place", reporter);
  if (!text) return config;
  auto place = parse_kv_place(*text);
  if (place) {
    config.place = std::move(*place);
  } else {
    reporter.error(kv->get("place")->source(), place.error().message);
  }
  return config;
}

FoldersConfig read_folders_table(const toml::table& table, Reporter& reporter) {
  FoldersConfig config;
  const toml::table* folders = read_table(table, "folders", reporter);
  if (folders == nullptr) return config;
  warn_of_unknown_keys(*folders, {"allow_absolute"}, reporter);
  const toml::node* node = folders->get("allow_absolute");
  if (node == nullptr) return config;
  const toml::array* paths = node->as_array();
  if (paths == nullptr) {
    reporter.error(node->source(),
                   fmt::format("\"allow_absolute\" is a list of paths, and not {}", type_name(*node)));
    return config;
  }
  for (const toml::node& path : *paths) {
    const auto* text = path.as_string();
    if (text != nullptr && text->get().starts_with('/') && text->get().find('\0') == std::string::npos) {
      config.allowed.push_back(text->get());
    } else {
      reporter.error(path.source(), "\"allow_absolute\" holds absolute paths of folders, as strings");
    }
  }
  return config;
}

}  // namespace

ProjectConfig parse_project_config(std::string_view text, const std::string& file, Diagnostics& diagnostics) {
  ProjectConfig config;
  Reporter reporter(file, diagnostics);
  const auto table = parse_toml(text, reporter);
  if (!table) return config;
  // `version` and `repositories` belong to the original's runtimes.
  warn_of_unknown_keys(
      *table,
      {"url_form", "limits", "memory_reset", "public", "kv", "fetch", "folders", "version", "repositories"},
      reporter);
  if (const auto form = read_url_form(*table, reporter)) config.url_form = *form;
  read_memory_reset(*table, config.memory_reset, reporter);
  config.limits = read_limits(*table, config.limits, reporter);
  config.files = read_public(*table, reporter);
  config.kv = read_kv(*table, reporter);
  config.fetch = read_project_fetch(*table, reporter);
  config.folders = read_folders_table(*table, reporter);
  return config;
}

}  // namespace wws::config
