// Answers that leave together.
#pragma once

#include <memory>
#include <vector>

#include "base/clock.h"

namespace wws::server {

class Http1Connection;

/// Holds small answers for a moment, so that those that are made one after another are also sent one after
/// another. The first of them wakes the receiver up, which on one machine (a proxy, a load generator) costs
/// as much as the rest of a send; the others find it awake, and the code that sends is still in the caches.
///
/// Whoever makes answers asks is_due() after each and calls flush() then, and always before it waits or
/// does something long. One thread.
class Outbox {
 public:
  /// Answers sent together, at the most.
  static constexpr std::size_t kMost = 16;
  /// How long an answer is held while others are made.
  static constexpr base::Duration kLongest = std::chrono::microseconds(400);

  explicit Outbox(const base::Clock& clock) : clock_(clock) {}

  /// The connection has an answer to send; its send_held() is called by flush().
  void add(std::shared_ptr<Http1Connection> connection);
  [[nodiscard]] bool is_empty() const noexcept { return waiting_.empty(); }
  /// Drops all, with their connections' last owners.
  void clear() noexcept { waiting_.clear(); }
  /// Whether they have waited for long enough, or are enough.
  [[nodiscard]] bool is_due() const;
  /// Sends all. Answers that are made meanwhile wait for the next call.
  void flush();

 private:
  const base::Clock& clock_;
  std::vector<std::shared_ptr<Http1Connection>> waiting_;
  std::vector<std::shared_ptr<Http1Connection>> leaving_;  ///< kept for its capacity
  base::Instant first_{};
};

}  // namespace wws::server
