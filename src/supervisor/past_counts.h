// What was counted by the server before this one, for the metrics of this one.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "metrics/block.h"
#include "metrics/own_counts.h"
#include "metrics/past.h"
#include "supervisor/route_slots.h"

namespace wws::supervisor {

/// A block in which nobody counts: it has the sums of what that server counted and counts, as of the last
/// refresh(). What it cannot tell is said in the log, and begins anew. One thread.
class PastCounts {
 public:
  /// kIo: there is no memory.
  [[nodiscard]] static Result<PastCounts> create();

  /// A MessageType::kCounted. Its routes get slots here, each that of the same pattern. True: there are new
  /// ones.
  bool take(std::string_view text, RouteSlots& slots);
  /// One of its blocks.
  void add(base::File memory);
  /// Before anything is told of what was counted.
  void refresh() const { past_.write_to(block_); }
  /// That server is gone.
  void end();

  [[nodiscard]] const metrics::Block& block() const noexcept { return block_; }
  /// Of its supervisor.
  [[nodiscard]] std::span<const metrics::OwnCount> counts() const noexcept { return counts_; }
  /// Whether that server told anything.
  [[nodiscard]] bool is_told() const noexcept { return is_told_; }

 private:
  explicit PastCounts(metrics::Block block) noexcept : block_(std::move(block)) {}
  void lose(std::string_view why);

  metrics::Block block_;
  metrics::Past past_;
  std::vector<metrics::OwnCount> counts_;
  bool is_told_ = false;
  bool is_lost_ = false;  ///< and that was said
  bool has_named_unknown_ = false;
};

}  // namespace wws::supervisor
