// Namespaces of the key-value store that a worker has under names of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace wws::abi {

/// The places of namespaces among those of the project, by the names in `[data.kv.bindings]`.
using KvBindings = std::map<std::string, std::uint16_t, std::less<>>;

}  // namespace wws::abi
