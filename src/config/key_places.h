// Where the keys of a project's file stand, for what is said of them after it was read.
#pragma once

#include <map>
#include <string>

namespace wws::config {

/// "kv.place" to "wws.toml:3"; of keys that are there and described (keys.h). A key of no table has its name
/// alone.
using KeyPlaces = std::map<std::string, std::string, std::less<>>;

/// "[kv] place" for "kv.place", as people write it.
[[nodiscard]] std::string key_for_people(const std::string& key);

}  // namespace wws::config
