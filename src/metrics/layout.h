// Where each number of a block is, by names that other versions of this program have too.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "metrics/block.h"

namespace wws::metrics {

/// A block is a table of numbers (Cell): those in `cells`, then those in `route` once for each slot, and then
/// gauges. What another version has added, left out or put elsewhere is told apart by its name. Plain data.
struct Layout {
  std::vector<std::string> cells;
  std::vector<std::string> route;
  std::size_t slots = 0;
  std::vector<std::string> gauges;

  /// That of this program.
  [[nodiscard]] static const Layout& own();

  /// How many numbers there are.
  [[nodiscard]] std::size_t size() const noexcept {
    return cells.size() + route.size() * slots + gauges.size();
  }
  /// Whether it can be that of a block: neither empty nor without a limit.
  [[nodiscard]] bool is_sound() const noexcept;
};

/// The number in `Layout::route` that is the largest of all that were, and no sum.
inline constexpr const char* kLargestMemory = "wws_guest_memory_peak_bytes";

/// How many numbers a Page has.
inline constexpr std::size_t kPageCells = sizeof(Page) / sizeof(Cell);

}  // namespace wws::metrics
