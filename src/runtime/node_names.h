// Modules that Node has built in.
#pragma once

#include <string>
#include <string_view>

namespace wws::runtime {

enum class NodeModule {
  kNone,    ///< Node has none of that name either
  kHere,    ///< the engine has it
  kAbsent,  ///< it has not
};

/// Of a name without `node:`.
[[nodiscard]] NodeModule find_node_module(std::string_view name);

/// What to use instead of one that is absent.
[[nodiscard]] std::string instead_of_node_module(std::string_view name);

}  // namespace wws::runtime
