// A stretch of keys in the order of their bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace wws::kv {

/// Keys from `first` on, and before `end` if there is one.
struct KeyRange {
  std::string first;
  std::optional<std::string> end;

  [[nodiscard]] bool ends_before(std::string_view key) const noexcept { return end && key >= *end; }
};

/// Keys that begin with `prefix` and come behind `after` (empty: all of them).
[[nodiscard]] KeyRange keys_behind(std::string_view prefix, std::string_view after);

}  // namespace wws::kv
