// The serving processes, and others, that a service has sockets to.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/file.h"
#include "link/frame.h"
#include "link/frame_socket.h"

namespace wws::supervisor {

/// Sockets by the numbers of their clients. A client that breaks the rules, goes, or does not take its
/// answers is done with; one that asks for more than the service keeps is not read until it has room again.
/// One thread. Goes before the context.
class LinkedClients {
 public:
  using Id = std::uint32_t;

  struct Handlers {
    /// Takes a frame, whose payload is valid within the call. False: it breaks the rules.
    std::function<bool(Id client, const link::Frame& frame)> take;
    /// The client is no more.
    std::function<void(Id client)> removed;
    /// Whether it has asked for as much as is kept, so that it is not read; none: it never has.
    std::function<bool(Id client)> is_full = {};
    /// Whether it may ask again, after that.
    std::function<bool(Id client)> has_room = {};
    /// All frames of a client that had arrived together were given: what is sent to it now leaves at once.
    /// None: there is nothing to do then.
    std::function<void()> batch = {};
  };

  /// `most_unread`: bytes of answers above which a client is stuck, or asks and never reads.
  LinkedClients(boost::asio::io_context& context, std::size_t most_unread, Handlers handlers)
      : context_(context), most_unread_(most_unread), handlers_(std::move(handlers)) {}

  /// A new client. Nothing is taken of it before the next turn of the loop.
  [[nodiscard]] Id add(base::File socket);
  /// Sends frames to a client, if it is still there.
  void send(Id client, std::string_view frames);
  /// What was sent to clients since the last time leaves now, as behind a batch, and not at the end of the
  /// turn.
  void send_now();
  /// Bytes that its socket has not taken.
  [[nodiscard]] std::size_t queued(Id client) const;
  /// Removes those that are done with. Once in each turn of the loop: it is no matter of their own handlers.
  void close_broken();

 private:
  struct Client {
    std::unique_ptr<link::FrameSocket> socket;
    bool is_paused = false;
    bool was_sent_to = false;  ///< since send_now()
  };
  void on_batch(Id client);

  boost::asio::io_context& context_;
  std::size_t most_unread_;
  Handlers handlers_;
  std::unordered_map<Id, Client> clients_;
  std::vector<Id> broken_;
  std::vector<Id> sent_to_;  ///< since send_now()
  Id last_ = 0;
};

}  // namespace wws::supervisor
