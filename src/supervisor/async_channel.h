// A channel that never waits: messages to and from a process that may be stuck or hostile.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "supervisor/channel.h"

namespace wws::supervisor {

/// What one end takes from the other, and keeps for it.
struct ChannelLimits {
  std::size_t incoming_bytes = 0;        ///< of one payload
  std::size_t incoming_descriptors = 0;  ///< beside one message
  std::size_t queued_bytes = 0;          ///< that the other end has not read yet
  std::size_t questions = 0;             ///< that wait for their answers

  /// The supervisor's end. Its messages are routes and modules, of which there may be many; what comes back
  /// is a line of text.
  [[nodiscard]] static constexpr ChannelLimits of_supervisor() noexcept {
    return {std::size_t{64} << 10, 0, std::size_t{512} << 20, 64};
  }
  /// A child's end, which takes what the supervisor may send.
  [[nodiscard]] static constexpr ChannelLimits of_child() noexcept {
    return {Channel::kLargestPayload, Channel::kMaxDescriptors, std::size_t{256} << 10, 64};
  }
};

/// One end of a channel (docs/formats/channel.md) in an event loop.
///
/// Sending puts what the socket does not take into a queue; nothing blocks, whatever the other end does. What
/// the other end sends is held to the limits, and whatever breaks them or the format ends the channel. One
/// event takes a bounded number of messages, so that a flood leaves the loop its turns. One thread. No
/// handler is called after the channel is destroyed, which a handler may do.
class AsyncChannel {
 public:
  struct Handlers {
    /// A message that answers nothing. An error ends the channel.
    std::function<Result<void>(Message)> message;
    /// The other end is gone, or the error says what it did. Called once; nothing comes after it.
    std::function<void(Result<void> why)> ended;
  };
  /// Takes an answer, as Handlers::message does.
  using Answer = std::function<Result<void>(Message)>;

  AsyncChannel(boost::asio::io_context& context, base::File socket, const ChannelLimits& limits,
               Handlers handlers);
  AsyncChannel(const AsyncChannel&) = delete;
  AsyncChannel& operator=(const AsyncChannel&) = delete;
  ~AsyncChannel();

  /// Sends a message, or queues it with duplicates of its descriptors. kIo: the queue is full, since the
  /// other end does not read. kCancelled: that end is gone, as Handlers::ended tells, then or before.
  Result<void> send(MessageType type, std::string_view payload, const std::vector<int>& descriptors = {});
  /// The same, and `on_answer` takes the answer. Never called if the channel ends before.
  Result<void> ask(MessageType type, std::string_view payload, Answer on_answer);
  /// Answers a message that asked.
  Result<void> answer(const Message& question, MessageType type, std::string_view payload);

  /// Reads no more until resume(): the other end's messages stay in the socket, and in the end with it.
  void pause();
  void resume();
  /// Takes what has arrived by now, without waiting: the last words of a process that ended.
  void drain();

  /// Bytes that the other end's socket took so far, and those that wait for it.
  [[nodiscard]] std::uint64_t sent_bytes() const noexcept;
  [[nodiscard]] std::size_t queued_bytes() const noexcept;

 private:
  class Core;
  std::shared_ptr<Core> core_;  ///< handlers in the loop hold it weakly
};

}  // namespace wws::supervisor
