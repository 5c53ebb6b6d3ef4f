// One connection of an operator's program: one request, one answer.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/request.h"
#include "http/request_head.h"
#include "http/response.h"
#include "server/transport.h"

namespace wws::admin {

/// Reads a request, has it answered, writes the answer and closes: nothing is kept between two requests, and
/// each step has a time. A client that sends or reads slowly, or not at all, costs its connection's memory
/// until then, and nobody else anything. Kept alive by what it waits for. One thread.
class Connection final : public server::TransportUser, public std::enable_shared_from_this<Connection> {
 public:
  static constexpr base::Duration kReadTime = std::chrono::seconds(5);
  static constexpr base::Duration kAnswerTime = std::chrono::seconds(10);
  static constexpr base::Duration kWriteTime = std::chrono::seconds(10);
  static constexpr base::Duration kLingerTime = std::chrono::seconds(1);
  /// Of a request.
  static constexpr http::HeadLimits kHeadLimits{16 * 1024, 64};
  /// Of a body that nobody looks at.
  static constexpr std::size_t kLargestBody = 1024;

  struct Owner {
    const base::Clock& clock;
    /// How large a body a request may have, of which there is the head.
    std::function<std::size_t(const http::Request&)> most_body;
    /// Answers now or later, by respond().
    std::function<void(Connection&, const http::Request&)> handle;
    /// It is over. Called once.
    std::function<void(Connection&)> closed;
  };

  Connection(std::unique_ptr<server::Transport> transport, Owner owner);

  void start() { read_more(); }
  /// The answer to its request; a second one is nobody's.
  void respond(const http::Response& response);
  /// Ends what took too long.
  void check_deadline(base::Instant now);
  void close();

  // TransportUser
  void on_read(server::error_code error, std::size_t count) override;
  void on_writable(server::error_code error) override;

 private:
  enum class Phase { kReading, kAsking, kWriting, kLingering, kClosed };

  void begin(Phase phase, base::Duration time);
  void read_more();
  void parse();
  void take_request(std::size_t head_size);
  void take_body(std::string_view bytes);
  void write();

  std::unique_ptr<server::Transport> transport_;
  Owner owner_;
  Phase phase_ = Phase::kReading;
  base::Instant deadline_;
  std::array<char, 4096> room_{};
  std::string in_;
  std::size_t scanned_ = 0;
  http::RequestHead head_;
  http::Request request_;
  std::size_t body_left_ = 0;
  bool has_head_ = false;
  std::string out_;
  std::size_t written_ = 0;
};

}  // namespace wws::admin
