// Whose slice is next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.h"

namespace wws::server {

/// The order in which guests get slices (docs/limits.md, "When more comes than can be done").
///
/// Each worker has a lane. In it wait the requests that have not begun, in their order; those that have
/// begun take turns with the guests of all workers. A worker that has many guests taking turns is crowded:
/// the next of its requests begin only now and then, so that those that have begun come to their end. One
/// that has its whole share of the instances begins none. Lanes with waiting requests are served in turn, and
/// so one worker's queue is not another's. Guests that have used much CPU time get every fourth slice while
/// there are others.
///
/// Knows guests by their ids and workers by the addresses given to it, which it never looks at. One thread.
class Turns {
 public:
  using Id = std::uint64_t;
  using Worker = const void*;

  /// Guests of one worker that take turns before it is crowded.
  static constexpr std::size_t kCrowd = 16;
  /// A guest that has used more than this is a long one.
  static constexpr base::Duration kLong = std::chrono::milliseconds(20);

  enum class Lane {
    kOpen,    ///< its requests can begin
    kClosed,  ///< not yet: its worker is not ready
  };

  /// Whether a worker has its whole share of the instances.
  enum class Share { kLeft, kUsedUp };

  /// A request waits for its first slice.
  void add_waiting(Worker worker, Id id, base::Instant now, Lane lane = Lane::kOpen);
  /// What waits in a closed lane can begin. Its waiting counts from `now`.
  void open(Worker worker, base::Instant now);
  /// The workers in whose closed lanes something waits.
  [[nodiscard]] std::vector<Worker> closed() const;
  /// The worker has as many instances as it may have at once, or less again. While it has, none begins.
  void set_full(Worker worker, Share share);
  /// A guest that has used `cpu_time` goes on.
  void add_running(Worker worker, Id id, base::Duration cpu_time);
  /// Takes it out, wherever it is. One that is not there is ignored.
  void remove(Worker worker, Id id);

  struct Turn {
    Id id;
    bool is_first;
  };
  /// Whether next() has something.
  [[nodiscard]] bool has_next(bool may_begin) const noexcept;
  /// Whether a long guest takes turns.
  [[nodiscard]] bool has_long() const noexcept { return !long_.empty(); }
  /// Takes the next one out. `may_begin`: there is an instance for a request that has not begun.
  [[nodiscard]] std::optional<Turn> next(bool may_begin, base::Instant now);

  /// Whether a request of this worker has to wait in its lane for its first slice.
  [[nodiscard]] bool has_to_wait(Worker worker) const noexcept;
  /// Since when the first in the worker's lane waits; none waits: std::nullopt.
  [[nodiscard]] std::optional<base::Instant> waiting_since(Worker worker) const noexcept;
  /// How long one more request would wait in the worker's lane: as many as wait there, at the pace at which
  /// they have begun of late.
  [[nodiscard]] base::Duration expected_wait(Worker worker) const noexcept;
  /// Requests that wait in all lanes, and in the worker's.
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }
  [[nodiscard]] std::size_t waiting(Worker worker) const noexcept;
  /// Takes out one that waits in an open lane since before `when`.
  [[nodiscard]] std::optional<Id> take_older_than(base::Instant when);

 private:
  /// A guess until some have begun.
  static constexpr base::Duration kUnknownPace = std::chrono::milliseconds(1);

  struct Waiting {
    Id id;
    base::Instant since;
  };
  struct LaneState {
    std::deque<Waiting> waiting;
    std::size_t running = 0;  ///< in short_ or long_
    bool open = true;
    bool full = false;
    [[nodiscard]] bool can_begin() const noexcept { return open && !full && !waiting.empty(); }
    std::optional<base::Instant> last_begin;  ///< since when something has always waited here
    base::Duration pace = kUnknownPace;       ///< between two that begin, smoothed
  };
  struct Running {
    Id id;
    Worker worker;
  };

  Turn begin(Worker worker, base::Instant now);
  Turn go_on(std::deque<Running>& queue);
  void forget_if_empty(Worker worker);
  [[nodiscard]] std::optional<Worker> lane_that_begins(bool also_crowded);

  std::unordered_map<Worker, LaneState> lanes_;  ///< of workers with a guest or a request here
  std::deque<Worker> beginning_;                 ///< lanes that can begin something, in turn
  std::deque<Running> short_;
  std::deque<Running> long_;
  std::size_t waiting_ = 0;
  unsigned turn_ = 0;
};

}  // namespace wws::server
