// One HTTP/1 connection.
#pragma once

#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/chunked.h"
#include "http/request_head.h"
#include "server/answer_sink.h"
#include "server/exchange.h"
#include "server/limits.h"
#include "server/outbox.h"
#include "server/pace.h"
#include "server/read_buffer.h"
#include "server/response_head.h"
#include "server/transport.h"

namespace wws::server {

class IdleConnections;

/// What all connections of a process use. The parts outlive the connections.
struct ConnectionServices {
  ExchangeServices exchange;
  DateText& date;
  Outbox& outbox;
  IdleConnections& idle;
};

/// Serves one client over HTTP/1: requests in, answers out, in order (RFC 9112).
///
/// Speaks the protocol: heads, the coding of bodies, persistence, the times of a connection. What a request
/// is and how it is answered is its Exchange's. While a guest works for longer than its first slice the
/// connection goes on reading: the body, where the guest takes it as it arrives, else to notice that the
/// client left. Kept alive by its pending operations; one thread.
class Http1Connection final : public AnswerSink,
                              public TransportUser,
                              public boost::intrusive::list_base_hook<>,
                              public std::enable_shared_from_this<Http1Connection> {
 public:
  /// `on_close` is called once, when the connection is over.
  Http1Connection(std::unique_ptr<Transport> transport, std::string peer, const ConnectionServices& services,
                  std::function<void(Http1Connection&)> on_close);
  ~Http1Connection() override;
  Http1Connection(const Http1Connection&) = delete;
  Http1Connection& operator=(const Http1Connection&) = delete;

  void start();
  [[nodiscard]] const std::string& peer() const noexcept { return peer_; }

  /// Ends what took too long. Called about once a second.
  void check_deadline(base::Instant now);

  enum class Drain {
    kNow,      ///< of an idle connection at once
    kPatient,  ///< the client has a moment to send what it may be sending
  };
  /// Closes after the answer in progress and those to requests that have arrived; soon when there is none.
  void drain(Drain how);
  /// Whether a request of this connection uses the key-value store, or one may come that does.
  [[nodiscard]] bool may_use_store() const;

  /// Closes now; a guest in flight is ended.
  void close();

  /// Sends the answer that the outbox held. Follow it with go_on().
  void send_held();
  /// Goes on with the next request.
  void go_on() { process(); }

  // AnswerSink
  void send_head(const http::Response& head, std::optional<std::uint64_t> length) override;
  void send_data(std::string bytes) override;
  void send_file(http::FileRange range) override;
  void flush() override { write_out(); }
  void end() override;
  void abort() override;
  void resume_reading() override { process(); }
  void on_over() override;
  [[nodiscard]] std::uint64_t body_bytes_sent() const override { return body_bytes_sent_; }

  // TransportUser
  void on_read(error_code error, std::size_t count) override;
  void on_writable(error_code error) override;

 private:
  enum class State {
    kHead,       ///< between requests, or in a head
    kExchange,   ///< a request is answered, its body read
    kLingering,  ///< the last answer is sent; what still comes is thrown away, so that the client reads it
    kClosed,
  };

  // Reading.
  void read_more(std::size_t at_least);
  void read_if_wanted();
  void on_end_of_input();
  void process();
  [[nodiscard]] bool process_one();
  [[nodiscard]] bool process_head();
  void make_exchange();
  void begin_exchange(std::string_view head_bytes);
  [[nodiscard]] bool process_body();
  void refuse_head(int status, std::string_view reason);
  void answer_expectation();
  void rest();

  // Writing.
  [[nodiscard]] Persistence persistence() const noexcept;
  void copy_small_file();
  void write_out();
  [[nodiscard]] bool write_buffers();
  [[nodiscard]] bool write_file();
  void wait_for_room();
  void count_written(std::size_t bytes);
  void clear_output();
  void linger();
  void count_left(base::Instant now);

  [[nodiscard]] const ServerLimits& limits() const noexcept { return services_.exchange.limits; }
  [[nodiscard]] base::Instant now() const { return services_.exchange.clock.now(); }
  void set_deadline(base::Duration from_now) { deadline_ = now() + from_now; }

  std::unique_ptr<Transport> transport_;
  std::string peer_;
  ConnectionServices services_;
  std::function<void(Http1Connection&)> on_close_;

  State state_ = State::kHead;
  base::Instant deadline_ = base::Instant::max();  ///< of a head, of idling, of lingering
  bool processing_ = false;                        ///< process() is on the stack, or waits for go_on()
  bool reading_ = false;                           ///< a read is pending
  bool input_ended_ = false;                       ///< the client sent its end
  bool draining_ = false;
  bool is_patient_ = false;   ///< while it drains, with a client that may be sending
  bool is_new_ = true;        ///< no request has come yet
  bool close_after_ = false;  ///< the answer in progress is the last
  unsigned burst_ = 0;        ///< requests answered without going back to the loop

  // The request in progress.
  ReadBuffer in_;  ///< what was read and not yet used
  std::size_t scanned_ = 0;
  http::RequestHead head_;
  http::ChunkedDecoder chunked_;
  std::uint64_t body_left_ = 0;  ///< to be read, in bytes, where it is not chunked
  std::shared_ptr<Exchange> exchange_;

  // The answer in progress.
  std::string out_;              ///< the head, or the size of a chunk; and a small body
  std::string out_body_;         ///< a large body
  std::string_view out_tail_;    ///< what ends a chunk
  std::size_t out_written_ = 0;  ///< of all together
  std::size_t out_framing_ = 0;  ///< bytes of out_ before those of the body
  std::size_t out_payload_ = 0;  ///< bytes of the body in out_ and out_body_
  std::optional<http::FileRange> file_;
  bool is_chunked_ = false;
  bool has_ended_ = false;         ///< end() was called
  bool waiting_for_room_ = false;  ///< the client's system takes no more at present
  bool is_paced_ = false;          ///< it did so before in this answer, and has to keep up a pace since
  std::uint64_t written_ = 0;      ///< bytes given to the transport
  std::uint64_t left_ = 0;         ///< of these, what had reached the client when we last looked
  Pace write_pace_;
  std::uint64_t body_bytes_sent_ = 0;
};

/// Connections without a request, those first that have been so for longest. One thread.
class IdleConnections {
 public:
  void add(Http1Connection& connection);
  void remove(Http1Connection& connection) noexcept;
  [[nodiscard]] bool is_empty() const noexcept { return connections_.empty(); }
  [[nodiscard]] Http1Connection& oldest() noexcept { return connections_.front(); }
  /// Called when there is one again after there was none.
  std::function<void()> on_first;

 private:
  boost::intrusive::list<Http1Connection> connections_;
};

}  // namespace wws::server
