// Outgoing HTTP as a serving process has it.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "abi/fetch.h"
#include "abi/operation.h"
#include "base/clock.h"
#include "base/file.h"
#include "egress/frame_kind.h"
#include "link/link.h"
#include "metrics/block.h"

namespace wws::egress {

/// Asks the egress child for guests, and holds what has come of their answers until they read it.
///
/// Of one invocation so many requests are under way at a time as its grant says; others wait for their turn.
/// When the link to the child breaks, all that is under way there fails with kUnavailable, and so does what
/// is asked until there is another link. When another one comes before that, to a child with other orders,
/// what is under way goes on where it is. One thread. The context and completions are used until
/// disconnect(); what start() returned ends before the client.
class FetchClient final : public abi::Fetch {
 public:
  /// The clock outlives it.
  FetchClient(boost::asio::io_context& context, abi::Completions& completions, const base::Clock& clock,
              metrics::Recorder metrics = {})
      : context_(context), completions_(completions), clock_(clock), metrics_(metrics) {}
  FetchClient(const FetchClient&) = delete;
  FetchClient& operator=(const FetchClient&) = delete;
  ~FetchClient() override;

  /// The link to the egress child that is asked from now on.
  void connect(base::File socket);
  /// Ends the link, before its context goes.
  void disconnect();
  /// Called when the link that is asked has broken, for whatever reason: somebody has to make another one.
  void set_on_lost(std::function<void()> on_lost) { on_lost_ = std::move(on_lost); }

  [[nodiscard]] std::unique_ptr<abi::Outgoing> start(const abi::FetchGrant& grant, std::uint64_t invocation,
                                                     fetch::Request request, std::string_view body) override;
  /// Requests end with their own objects.
  void cancel(const abi::Ticket&) noexcept override {}

  /// Bytes for the egress child above which nothing is asked any more.
  static constexpr std::size_t kMostQueued = std::size_t{64} << 20;
  /// Requests under way at a time, each of which holds a window of its answer at the most.
  static constexpr std::size_t kMostRunning = 4096;

 private:
  class Exchange;
  class Handle;
  class Room;
  /// What one invocation has asked for.
  struct Asker {
    std::uint32_t running = 0;
    std::uint32_t held = 0;                       ///< handles that are there
    std::deque<std::weak_ptr<Exchange>> waiting;  ///< for their turn, the first one first
  };

  [[nodiscard]] bool can_ask() const noexcept {
    return link_ && link_->queued() < kMostQueued && running_.size() < kMostRunning;
  }
  void run(const std::shared_ptr<Exchange>& exchange, Asker& asker);
  void run_next(std::uint64_t invocation);
  [[nodiscard]] bool take(link::Link& link, const link::Frame& frame);
  void fail(Exchange& exchange, fetch::Failure failure, std::string message);
  void end(Exchange& exchange);
  void leave(Exchange& exchange) noexcept;
  static void send_body(const Exchange& exchange, std::string_view bytes);
  static void send(const Exchange& exchange, FrameKind kind, std::string_view payload = {});
  static void send_count(const Exchange& exchange, FrameKind kind, std::size_t count);
  void on_ended(link::Link& link);
  template <class IsLost>
  void fail_if(IsLost is_lost);

  boost::asio::io_context& context_;
  abi::Completions& completions_;
  const base::Clock& clock_;
  metrics::Recorder metrics_;
  link::LinkPtr link_;  ///< that is asked; null: it broke
  std::function<void()> on_lost_;
  std::uint32_t last_id_ = 0;
  std::unordered_map<std::uint32_t, std::weak_ptr<Exchange>> running_;  ///< by their ids
  std::unordered_map<std::uint64_t, Asker> askers_;                     ///< by their invocations
};

}  // namespace wws::egress
