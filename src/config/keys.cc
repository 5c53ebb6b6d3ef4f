#include "config/keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/quantity.h"
#include "config/key_tables.h"

namespace wws::config {
namespace {

constexpr std::array kWorkerTables = {&kWorker,         &kVars,         &kLimits, &kDataKv,
                                      &kDataKvBindings, &kHttpRequests, &kWasiNn, &kFolders};
constexpr std::array kProjectTables = {&kProject, &kLimits, &kPublic,        &kKv, &kFetch, &kAdmin,
                                       &kOtlp,    &kReload, &kProjectFolders};

/// What is behind `outer` in `path`, up to the next dot; empty: `path` is not in there.
std::string_view next_name(std::string_view path, std::string_view outer) {
  if (!outer.empty()) {
    if (!path.starts_with(outer) || !path.substr(outer.size()).starts_with('.')) return {};
    path.remove_prefix(outer.size() + 1);
  }
  return path.substr(0, path.find('.'));
}

void add_once(std::vector<std::string_view>& names, std::string_view name) {
  if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
}

/// A bound in the unit of the key.
std::string bound_text(const Key& key, std::uint64_t bound) {
  if (key.type == KeyType::kSize) return base::format_size(bound);
  if (key.type == KeyType::kDuration)
    return base::format_duration(std::chrono::milliseconds(static_cast<std::int64_t>(bound)));
  return std::to_string(bound);
}

}  // namespace

std::span<const KeyTable* const> key_tables(ConfigFile file) noexcept {
  if (file == ConfigFile::kWorker) return kWorkerTables;
  return kProjectTables;
}

std::vector<std::string_view> names_in(ConfigFile file, std::string_view path) {
  std::vector<std::string_view> names;
  for (const KeyTable* table : key_tables(file)) {
    if (table->path == path) {
      for (const Key& key : table->keys) add_once(names, key.name);
    } else {
      add_once(names, next_name(table->path, path));
    }
  }
  return names;
}

std::vector<std::string_view> names_in(const KeyTable& table) {
  std::vector<std::string_view> names;
  for (const Key& key : table.keys) add_once(names, key.name);
  if (table.path.empty()) return names;
  for (const ConfigFile file : {ConfigFile::kWorker, ConfigFile::kProject}) {
    for (const KeyTable* inner : key_tables(file)) add_once(names, next_name(inner->path, table.path));
  }
  return names;
}

std::vector<std::string_view> outer_tables(ConfigFile file) {
  std::vector<std::string_view> paths;
  for (const KeyTable* table : key_tables(file)) {
    if (table->path.find('.') != std::string_view::npos) add_once(paths, next_name(table->path, {}));
  }
  return paths;
}

std::string bounds_text(const Key& key) {
  const bool is_text = key.type == KeyType::kText || key.type == KeyType::kPath;
  if (key.most == kNoBound || key.type == KeyType::kAny) return {};
  return fmt::format("{} to {}{}", bound_text(key, key.least), bound_text(key, key.most),
                     is_text ? " bytes" : "");
}

}  // namespace wws::config
