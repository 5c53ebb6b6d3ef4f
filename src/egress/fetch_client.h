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
#include "link/frame_socket.h"
#include "metrics/block.h"

namespace wws::egress {

/// Asks the egress child for guests, and holds what has come of their answers until they read it.
///
/// Of one invocation so many requests are under way at a time as its grant says; others wait for their turn.
/// When the link to the child breaks, all that is under way fails with kUnavailable, and so does what is
/// asked until there is another link. One thread. The context and completions are used until disconnect();
/// what start() returned ends before the client.
class FetchClient final : public abi::Fetch {
 public:
  /// The clock outlives it.
  FetchClient(boost::asio::io_context& context, abi::Completions& completions, const base::Clock& clock,
              metrics::Recorder metrics = {})
      : context_(context), completions_(completions), clock_(clock), metrics_(metrics) {}
  FetchClient(const FetchClient&) = delete;
  FetchClient& operator=(const FetchClient&) = delete;
  ~FetchClient() override;

  /// A link to an egress child, in place of one that broke.
  void connect(base::File socket);
  /// Ends the link, before its context goes.
  void disconnect() { on_ended(); }
  /// Called when a link has broken, for whatever reason: somebody has to make another one.
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
    return socket_ && socket_->queued() < kMostQueued && running_.size() < kMostRunning;
  }
  void run(const std::shared_ptr<Exchange>& exchange, Asker& asker);
  void run_next(std::uint64_t invocation);
  [[nodiscard]] bool take(const link::Frame& frame);
  void fail(Exchange& exchange, fetch::Failure failure, std::string message);
  void end(Exchange& exchange);
  void leave(Exchange& exchange) noexcept;
  void send_body(const Exchange& exchange, std::string_view bytes);
  void send(FrameKind kind, std::uint32_t id, std::uint16_t subject, std::string_view payload);
  void send_count(FrameKind kind, std::uint32_t id, std::size_t count);
  void on_ended();

  boost::asio::io_context& context_;
  abi::Completions& completions_;
  const base::Clock& clock_;
  metrics::Recorder metrics_;
  std::unique_ptr<link::FrameSocket> socket_;
  std::function<void()> on_lost_;
  std::uint32_t last_id_ = 0;
  std::unordered_map<std::uint32_t, std::weak_ptr<Exchange>> running_;  ///< by their ids
  std::unordered_map<std::uint64_t, Asker> askers_;                     ///< by their invocations
};

}  // namespace wws::egress
