#include "metrics/pool.h"

namespace wws::metrics {

Result<std::unique_ptr<Pool::Lease>> Pool::take() {
  for (const auto& block : blocks_) {
    if (block.use_count() == 1) return std::make_unique<Lease>(block);
  }
  auto made = Block::create();
  if (!made) return fail(made);
  blocks_.push_back(std::make_shared<Block>(std::move(*made)));
  if (on_new_) on_new_(*blocks_.back());
  return std::make_unique<Lease>(blocks_.back());
}

}  // namespace wws::metrics
