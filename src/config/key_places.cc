#include "config/key_places.h"

#include <fmt/format.h>

#include <string_view>

#include "config/keys.h"
#include "config/toml_key_places.h"

namespace wws::config {

std::string key_for_people(const std::string& key) {
  const std::size_t dot = key.rfind('.');
  return dot == std::string::npos ? key : fmt::format("[{}] {}", key.substr(0, dot), key.substr(dot + 1));
}

KeyPlaces find_key_places(const toml::table& root, const std::string& file, ConfigFile kind) {
  KeyPlaces places;
  for (const KeyTable* known : key_tables(kind)) {
    const toml::table* table = known->path.empty() ? &root : root.at_path(known->path).as_table();
    if (table == nullptr) continue;
    for (const Key& key : known->keys) {
      const toml::node* value = table->get(key.name);
      if (value == nullptr) continue;
      const std::string_view dot = known->path.empty() ? "" : ".";
      places.emplace(fmt::format("{}{}{}", known->path, dot, key.name),
                     fmt::format("{}:{}", file, value->source().begin.line));
    }
  }
  return places;
}

}  // namespace wws::config
