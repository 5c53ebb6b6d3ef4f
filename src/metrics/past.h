// What another server counted before this one took its place, and what it still counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "metrics/block.h"
#include "metrics/layout.h"
#include "metrics/registry.h"

namespace wws::metrics {

/// The blocks of that server, which it shares, and where their numbers belong in a block of this program.
/// They are read as they are at the moment: what that server's last requests count is in them. Its numbers
/// are those of a stranger, as all in shared memory. One thread.
class Past {
 public:
  /// Nothing was counted.
  Past() = default;

  /// What its blocks look like: `slots[i]` is this server's slot for what is in its slot i. Again when it has
  /// more routes. Returns the names of what has no place here: of cells, of a route, and of gauges.
  /// kInternal: it is no layout, or another one than before.
  [[nodiscard]] Result<std::vector<std::string>> describe(const Layout& layout,
                                                          const std::vector<RouteSlot>& slots);
  /// One of its blocks, after describe(). kInternal: it is none of that layout.
  [[nodiscard]] Result<void> add(base::File memory);
  /// That server is gone, and has nothing at the moment any more.
  void end() noexcept { has_gauges_ = false; }

  /// Writes the sums into `block`, in which nobody else writes.
  void write_to(const Block& block) const;

 private:
  /// A number there, and the one here that it is added to.
  struct Step {
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    enum class Kind : std::uint8_t { kSum, kLargest, kGauge } kind = Kind::kSum;
  };

  /// Memory of another process, for as long as this lives.
  class Mapping {
   public:
    [[nodiscard]] static Result<Mapping> make(const base::File& memory, std::size_t cells);
    Mapping(Mapping&& other) noexcept;
    Mapping& operator=(Mapping&&) = delete;
    ~Mapping();
    [[nodiscard]] const Cell* cells() const noexcept { return cells_; }

   private:
    Mapping(const Cell* cells, std::size_t count) noexcept : cells_(cells), count_(count) {}

    const Cell* cells_;
    std::size_t count_;
  };

  std::size_t cells_ = 0;  ///< of each of its blocks
  std::vector<Step> steps_;
  std::vector<Mapping> blocks_;
  bool has_gauges_ = true;
};

}  // namespace wws::metrics
