// The payload of MessageType::kModules: modules that are ready, and those that cannot be had.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace wws::supervisor {

/// News of one module, by its number in the project. Without an error, its compiled code is the next of the
/// message's descriptors, and its snapshot, if it has one, the one after that.
struct ModuleNews {
  std::uint32_t number = 0;
  std::optional<std::string> error{};  ///< why its workers cannot run
  std::string code{};                  ///< names the code: others may be made of the same
  bool has_snapshot = false;
};

[[nodiscard]] std::string to_json(const std::vector<ModuleNews>& news);
/// kInternal: not what to_json wrote.
[[nodiscard]] Result<std::vector<ModuleNews>> parse_modules(std::string_view json);

}  // namespace wws::supervisor
