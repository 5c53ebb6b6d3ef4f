// One HTTP/1 connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/chunked.h"
#include "http/request.h"
#include "http/request_head.h"
#include "http/response.h"
#include "server/asio.h"
#include "server/budget.h"
#include "server/dispatcher.h"
#include "server/limits.h"
#include "server/outbox.h"
#include "server/read_buffer.h"
#include "server/response_head.h"

namespace wws::server {

/// What all connections of a process use. The parts outlive the connections.
struct ConnectionServices {
  Dispatcher& dispatcher;
  const base::Clock& clock;
  const ServerLimits& limits;
  DateText& date;
  Budget& bodies;
  Outbox& outbox;
};

/// Serves one client: requests in, answers out, in order (RFC 9112).
///
/// States: reading a head, reading a body, running (a guest works on the answer), sending (the same, and part
/// of the answer is being written), writing, lingering (the last answer is sent; what still comes is thrown
/// away, so that the client gets to read it). While a guest runs for longer than its first slice the
/// connection goes on reading: the body, where the guest takes it as it arrives, else to notice that the
/// client left. Kept alive by its pending operations, and by a guest that it left behind; one thread.
class Connection final : public Responder, public std::enable_shared_from_this<Connection> {
 public:
  /// `on_close` is called once, when the connection is over.
  Connection(Socket socket, std::string peer, ConnectionServices services,
             std::function<void(Connection&)> on_close);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start();

  /// Ends what took too long. Called about once a second.
  void check_deadline(base::Instant now);

  /// Closes after the answer in progress and those to requests that have arrived; soon when there is none.
  void drain();

  /// Closes now; a guest in flight is cancelled.
  void close();

  // The answer of a guest that took longer than its first slice.
  void respond(http::Response response) override;
  void progress() override;
  [[nodiscard]] bool has_begun() const override { return stream_.has_begun; }
  void abort() override;

  /// Sends the answer that the outbox held. Follow it with go_on().
  void send_held();
  /// Goes on with the next request.
  void go_on();

 private:
  enum class State { kHead, kBody, kRunning, kSending, kWriting, kLingering, kClosed };

  // Reading.
  void read_more(std::size_t at_least);
  void on_read(error_code error, std::size_t count);
  void on_end_of_input();
  void process();
  void process_head();
  void take_head();
  void begin_body();
  void begin_streamed_body();
  void answer_expectation();
  void move_head_aside();
  void process_body();
  void finish_body();
  void watch_client();
  [[nodiscard]] bool has_unread_input();

  // Bodies on their way while a guest works (connection_stream.cc).
  [[nodiscard]] bool is_guest_at_work() const noexcept {
    return state_ == State::kRunning || state_ == State::kSending;
  }
  void move_body();
  void refuse_body(std::string_view reason);
  void send_part();
  void send_rest(std::string rest);
  void on_part_sent();
  void begin_answer(const http::Response& head);
  void put_chunk(std::string bytes);
  void clear_output() noexcept;

  // Answering.
  void dispatch();
  void refuse(int status, std::string_view reason);
  void send(http::Response response);
  [[nodiscard]] Persistence persistence() const noexcept;
  [[nodiscard]] bool has_body() const noexcept;
  void copy_file();
  void write_out();
  void write_file();
  void when_writable(void (Connection::*next)());
  void finish_response();
  void log_request() const;
  void linger();

  void set_deadline(base::Duration from_now) { deadline_ = services_.clock.now() + from_now; }

  Socket socket_;
  std::string peer_;
  ConnectionServices services_;
  std::function<void(Connection&)> on_close_;

  State state_ = State::kHead;
  base::Instant deadline_ = base::Instant::max();
  bool processing_ = false;   ///< process() is on the stack
  bool reading_ = false;      ///< an asynchronous read is pending
  bool input_ended_ = false;  ///< the client sent its end
  bool draining_ = false;
  bool close_after_ = false;  ///< the answer in progress is the last
  unsigned burst_ = 0;        ///< requests answered without going back to the loop

  // The request in progress. Its views point into head_bytes_ or in_, and into body_ or in_.
  ReadBuffer in_;          ///< what was read and not yet used
  ReadBuffer head_bytes_;  ///< holds the head while more is read into in_
  bool head_is_aside_ = false;
  std::size_t scanned_ = 0;
  http::RequestHead head_;
  http::Request request_;
  http::ChunkedDecoder chunked_;
  std::string body_;
  Budget::Share body_share_;
  base::Instant body_began_{};
  base::Instant request_began_{};
  std::optional<Scheduler::Id> guest_;

  // The answer in progress.
  std::string out_;              ///< the head, and a small body
  std::string out_body_;         ///< a large body
  std::string_view out_tail_;    ///< what ends a chunk
  std::size_t out_written_ = 0;  ///< of all together
  std::optional<http::FileRange> file_;
  int status_ = 0;
  std::uint64_t content_length_ = 0;

  /// Bodies that pass through while a guest works.
  struct Stream {
    bool body_comes = false;          ///< more of the request's body is to be read
    std::uint64_t body_left = 0;      ///< of it, in bytes, where it is not chunked
    bool has_begun = false;           ///< part of the answer was taken
    bool is_chunked = false;          ///< the answer is
    bool is_complete = false;         ///< the answer was taken whole, and the guest goes on
    std::optional<std::string> rest;  ///< what follows the part that is being written
  };
  Stream stream_;
};

}  // namespace wws::server
