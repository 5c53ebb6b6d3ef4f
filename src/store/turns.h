// Who may change a namespace as a whole next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/clock.h"

namespace wws::store {

/// One serving process's name for one of its requests.
struct Asker {
  std::uint32_t client = 0;
  std::uint32_t id = 0;
  friend bool operator==(const Asker&, const Asker&) = default;
};

/// The turns of one namespace, first come, first served. Who has the turn is the only one among those that
/// ask here whose commit need not fear another's; it loses the turn when it has committed, leaves, or takes
/// too long. One thread.
class TurnQueue {
 public:
  /// Waits behind the others for a turn that lasts `time`. An asker that waits or has the turn is not to ask
  /// again.
  void wait(const Asker& asker, base::Duration time) { waiting_.push_back({asker, time}); }

  /// The next one, who has the turn from now on; std::nullopt: nobody waits, or somebody has it.
  [[nodiscard]] std::optional<Asker> next(base::Instant now);
  /// Whether this one has the turn.
  [[nodiscard]] bool has(const Asker& asker) const noexcept { return holder_ && holder_->asker == asker; }
  /// Gives up the turn, or the place in the queue.
  void leave(const Asker& asker);
  void leave_all(std::uint32_t client);

  /// When whoever has the turn loses it; max(): nobody has it.
  [[nodiscard]] base::Instant ends_at() const noexcept {
    return holder_ ? holder_->ends_at : base::Instant::max();
  }
  /// Takes the turn from who has had it for too long.
  void end_late(base::Instant now);

  [[nodiscard]] bool is_free() const noexcept { return !holder_ && waiting_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return waiting_.size() + (holder_ ? 1 : 0); }

 private:
  struct Waiting {
    Asker asker;
    base::Duration time;
  };
  struct Holder {
    Asker asker;
    base::Instant ends_at;
  };
  std::optional<Holder> holder_;
  std::deque<Waiting> waiting_;
};

}  // namespace wws::store
