// Blocks for processes, one after the other.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/result.h"
#include "metrics/block.h"

namespace wws::metrics {

/// Has the blocks of all processes that there are or were. A process has its block for as long as it lives;
/// then another one may have it, and counts on. One thread. Leases may outlive it.
class Pool {
 public:
  /// A block in use. Its end says that the process is gone.
  class Lease {
   public:
    explicit Lease(std::shared_ptr<Block> block) noexcept : block_(std::move(block)) {}
    ~Lease() { block_->clear_gauges(); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    [[nodiscard]] const Block& block() const noexcept { return *block_; }

   private:
    std::shared_ptr<Block> block_;
  };

  /// One that nobody has, or a new one, of which `on_new` is told before. kIo: there is no memory.
  [[nodiscard]] Result<std::unique_ptr<Lease>> take();
  void set_on_new(std::function<void(const Block&)> on_new) { on_new_ = std::move(on_new); }

  [[nodiscard]] const std::vector<std::shared_ptr<Block>>& blocks() const noexcept { return blocks_; }

 private:
  std::vector<std::shared_ptr<Block>> blocks_;  ///< nobody else holds those that are free
  std::function<void(const Block&)> on_new_;
};

}  // namespace wws::metrics
