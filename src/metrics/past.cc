#include "metrics/past.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <unordered_map>
#include <utility>

#include "base/sealed_memory.h"

namespace wws::metrics {
namespace {

/// Pairs the names of another layout's part with those of ours that are the same.
class Matches {
 public:
  explicit Matches(const std::vector<std::string>& ours) {
    for (std::size_t i = 0; i < ours.size(); ++i) places_.emplace(ours[i], i);
  }

  /// Calls `found(theirs, ours)` with places; those that are not here are put into `unknown`.
  template <class Found>
  void of(const std::vector<std::string>& theirs, std::vector<std::string>& unknown, const Found& found) {
    for (std::size_t i = 0; i < theirs.size(); ++i) {
      const auto place = places_.find(theirs[i]);
      if (place == places_.end()) {
        unknown.push_back(theirs[i]);
      } else {
        found(i, place->second);
        places_.erase(place);  // a name that is there twice is one number and one that is not known
      }
    }
  }

 private:
  std::unordered_map<std::string, std::size_t> places_;
};

}  // namespace

Result<Past::Mapping> Past::Mapping::make(const base::File& memory, std::size_t cells) {
  if (!base::is_sealed_memory(memory, cells * sizeof(Cell)))
    return fail(ErrorCode::kInternal, "the shared memory is none of its metrics");
  void* place = mmap(nullptr, cells * sizeof(Cell), PROT_READ, MAP_SHARED, memory.fd(), 0);
  if (place == MAP_FAILED) return fail(ErrorCode::kIo, "no shared memory: " + base::errno_text(errno));
  return Mapping(static_cast<const Cell*>(place), cells);
}

Past::Mapping::Mapping(Mapping&& other) noexcept
    : cells_(std::exchange(other.cells_, nullptr)), count_(other.count_) {}

Past::Mapping::~Mapping() {
  // munmap() wants what mmap() gave, which was not const.
  if (cells_ != nullptr) munmap(const_cast<Cell*>(cells_), count_ * sizeof(Cell));  // NOLINT(*-const-cast)
}

Result<std::vector<std::string>> Past::describe(const Layout& layout, const std::vector<RouteSlot>& slots) {
  if (!layout.is_sound() || (cells_ != 0 && cells_ != layout.size()))
    return fail(ErrorCode::kInternal, "it does not say what its numbers are");
  const Layout& own = Layout::own();
  std::vector<std::string> unknown;
  std::vector<Step> steps;
  const auto add = [&](std::size_t from, std::size_t to, Step::Kind kind) {
    steps.push_back({static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to), kind});
  };
  Matches(own.cells).of(layout.cells, unknown,
                        [&](std::size_t theirs, std::size_t ours) { add(theirs, ours, Step::Kind::kSum); });
  Matches(own.route).of(layout.route, unknown, [&](std::size_t theirs, std::size_t ours) {
    const Step::Kind kind = own.route[ours] == kLargestMemory ? Step::Kind::kLargest : Step::Kind::kSum;
    for (std::size_t slot = 0; slot < std::min(slots.size(), layout.slots); ++slot)
      add(layout.cells.size() + slot * layout.route.size() + theirs,
          own.cells.size() + slots[slot] * own.route.size() + ours, kind);
  });
  const std::size_t their_gauges = layout.size() - layout.gauges.size();
  const std::size_t our_gauges = own.size() - own.gauges.size();
  Matches(own.gauges).of(layout.gauges, unknown, [&](std::size_t theirs, std::size_t ours) {
    add(their_gauges + theirs, our_gauges + ours, Step::Kind::kGauge);
  });
  cells_ = layout.size();
  steps_ = std::move(steps);
  return unknown;
}

Result<void> Past::add(base::File memory) {
  if (cells_ == 0) return fail(ErrorCode::kInternal, "numbers came before what they are");
  auto mapping = Mapping::make(memory, cells_);
  if (!mapping) return fail(mapping);
  blocks_.push_back(std::move(*mapping));
  return {};
}

void Past::write_to(const Block& block) const {
  std::vector<std::uint64_t> sums(kPageCells);
  for (const Mapping& its : blocks_) {
    for (const Step& step : steps_) {
      if (step.kind == Step::Kind::kGauge && !has_gauges_) continue;
      const std::uint64_t value = its.cells()[step.from].load(std::memory_order_relaxed);
      std::uint64_t& sum = sums[step.to];
      sum = step.kind == Step::Kind::kLargest ? std::max(sum, value) : sum + value;
    }
  }
  block.put(sums);
}

}  // namespace wws::metrics
