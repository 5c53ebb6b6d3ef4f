// Batches of one signal, on their way to the collector.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "base/clock.h"
#include "metrics/block.h"
#include "telemetry/collector_health.h"
#include "telemetry/poster.h"

namespace wws::telemetry {

/// Sends batches one after the other. One that the collector did not take for a reason that may pass is sent
/// again, later each time or when the collector says, for kLongestTry; another is lost. One thread; the parts
/// outlive it, and the poster calls nobody after it is gone.
class Sender {
 public:
  /// Bytes of batches above which it wants no more.
  static constexpr std::size_t kMostBytes = std::size_t{8} << 20;
  static constexpr base::Duration kFirstWait = std::chrono::seconds(1);
  static constexpr base::Duration kLongestWait = std::chrono::seconds(30);
  static constexpr base::Duration kLongestTry = std::chrono::minutes(5);

  struct Parts {
    Poster& poster;
    const base::Clock& clock;
    CollectorHealth& health;
    metrics::Recorder& metrics;
  };
  Sender(const Parts& parts, Signal signal) : parts_(parts), signal_(signal) {}
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  struct Batch {
    std::string body;
    std::uint64_t spans = 0;
  };

  /// Whether add() is welcome.
  [[nodiscard]] bool has_room() const noexcept { return bytes_ < kMostBytes; }
  void add(Batch batch);
  /// Instead of those that wait and are not on their way: of what only grows the last is enough.
  void replace(Batch batch);
  /// Sends what is due; says when the next thing is.
  base::Instant poll();
  /// Nobody waits any more for what the collector says about later.
  void hurry() noexcept { send_at_ = base::Instant{}; }
  [[nodiscard]] bool is_idle() const noexcept { return batches_.empty(); }
  /// What waits is lost.
  void give_up();

 private:
  void on_reply(const Reply& reply);
  void on_refused(const Reply& reply);
  void drop();
  [[nodiscard]] std::string describe(const Reply& reply) const;

  Parts parts_;
  Signal signal_;
  std::deque<Batch> batches_;
  std::size_t bytes_ = 0;
  bool is_sending_ = false;  ///< the first batch
  unsigned failures_ = 0;    ///< of the first batch
  base::Instant first_try_{};
  base::Instant send_at_{};
};

}  // namespace wws::telemetry
