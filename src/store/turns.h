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
/// too long. Then whoever is behind it in its row has the turn: others of the same client, who go on from
/// what it has made. One thread.
class TurnQueue {
 public:
  /// One and those behind it in a row, so that others wait for no more than these.
  static constexpr std::size_t kMostInRow = 16;

  /// Whether one may have the turn behind another of its client, and so before older ones of others.
  enum class InRow { kNo, kYes };
  /// Waits behind the others for a turn that lasts `time`. An asker that waits or has the turn is not to ask
  /// again.
  void wait(const Asker& asker, base::Duration time, InRow in_row = InRow::kNo) {
    waiting_.push_back({asker, time, in_row});
  }

  /// The next one, who has the turn from now on; std::nullopt: nobody waits, or somebody has it.
  [[nodiscard]] std::optional<Asker> next(base::Instant now);
  /// Puts others of the client that has the turn behind it in a row, in the order of their coming, and tells
  /// who they are. Once, after next().
  [[nodiscard]] std::vector<Asker> make_row();
  /// Ends the row behind who has the turn, and tells who was in it: they do not wait any more.
  [[nodiscard]] std::vector<Asker> break_row();
  /// Who has the turn.
  [[nodiscard]] std::optional<Asker> holder() const noexcept {
    return holder_ ? std::optional(holder_->asker) : std::nullopt;
  }
  /// Whether this one has the turn.
  [[nodiscard]] bool has(const Asker& asker) const noexcept { return holder_ && holder_->asker == asker; }
  /// Gives up the turn, or the place in the queue or the row.
  void leave(const Asker& asker, base::Instant now);
  void leave_all(std::uint32_t client);

  /// When whoever has the turn loses it; max(): nobody has it.
  [[nodiscard]] base::Instant ends_at() const noexcept {
    return holder_ ? holder_->ends_at : base::Instant::max();
  }
  /// Takes the turn from who has had it for too long, and ends the row behind it, as break_row() does.
  [[nodiscard]] std::vector<Asker> end_late(base::Instant now);

  [[nodiscard]] bool is_free() const noexcept { return !holder_ && waiting_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept {
    return waiting_.size() + row_.size() + (holder_ ? 1 : 0);
  }

 private:
  struct Waiting {
    Asker asker;
    base::Duration time;
    InRow in_row = InRow::kNo;
  };
  struct Holder {
    Asker asker;
    base::Instant ends_at;
  };
  std::optional<Holder> holder_;
  std::deque<Waiting> row_;  ///< behind the holder; empty when there is none
  std::deque<Waiting> waiting_;
};

}  // namespace wws::store
