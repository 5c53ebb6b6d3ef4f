// One request and its answer.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/request.h"
#include "http/response.h"
#include "metrics/block.h"
#include "server/access_log.h"
#include "server/answer_sink.h"
#include "server/budget.h"
#include "server/dispatcher.h"
#include "server/limits.h"
#include "server/pace.h"
#include "server/request_id.h"
#include "trace/tracer.h"

namespace wws::server {

/// What all exchanges of a process use. The parts outlive them.
struct ExchangeServices {
  Dispatcher& dispatcher;
  const base::Clock& clock;
  const ServerLimits& limits;
  AccessLog& access_log;
  RequestIds& request_ids;
  Budget& bodies;   ///< of requests
  Budget& answers;  ///< made, and not taken by their clients yet
  metrics::Recorder metrics{};
  trace::Tracer* tracer = nullptr;  ///< null: nobody takes spans
};

/// The life of one request, whatever protocol carries it: takes its body in within limits of size and time,
/// finds who answers, moves streamed bodies between the guest and the sink, and writes the access line.
///
/// A body is taken whole before its worker begins, or, where the worker takes it as it comes, from its first
/// bytes on. There is one answer: whatever fails after it is complete is told to the log alone, and what
/// fails while it is on its way breaks it off.
///
/// Owned by whoever reads the request, and by a guest that was left behind by its client and may look at the
/// request until it ends. Can be used again when it is over (reset()). One thread.
class Exchange final : public Responder, public std::enable_shared_from_this<Exchange> {
 public:
  /// `sink` outlives the exchange, or is told nothing any more: see on_client_gone().
  Exchange(const ExchangeServices& services, AnswerSink& sink);
  ~Exchange() override;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // --- from who reads the request ---

  /// Whether a part of the body is its last.
  enum class Part { kMore, kLast };

  /// To be filled in before begin(), all but its body.
  [[nodiscard]] http::Request& request() noexcept { return request_; }
  /// For what is no request: nothing of the one before is left.
  void forget_request();
  /// The request's head is there. `body_length` in bytes; std::nullopt: a body of unknown length follows.
  void begin(std::optional<std::uint64_t> body_length);
  /// Whether more of the body is wanted now. Else AnswerSink::resume_reading() tells when it is.
  [[nodiscard]] bool wants_body() const;
  /// So many bytes more may come before the body is too large.
  [[nodiscard]] std::uint64_t body_room() const noexcept;
  /// The next bytes of the body. Call while it is wanted.
  void take_body(std::string_view bytes, Part part);
  /// This is no request that we serve, or no body that can be read on: answers so, unless there is an answer.
  void refuse(int status, std::string_view reason);
  /// The client sends no more. It waits for the answer, or has left: a guest gets a moment to end.
  void on_client_end();
  /// The client is gone; `sink` is not used any more. A guest that can be told so is, and gets a moment.
  void on_client_gone();

  /// Whether the worker of this request may use the key-value store.
  [[nodiscard]] bool may_use_store() const;

  // --- from who writes the answer ---

  /// All that was given to the sink has left.
  void on_sent();

  // --- state ---

  /// Ends what took too long. Called about once a second.
  void check_deadline(base::Instant now);
  /// Whether a guest works on the answer, or it is a stream that goes on.
  [[nodiscard]] bool has_guest() const noexcept { return guest_ || is_events_; }
  /// Whether the request's body has not been read to its end.
  [[nodiscard]] bool is_body_open() const noexcept { return body_open_; }
  /// Whether the head of the answer was given to the sink.
  [[nodiscard]] bool has_begun() const noexcept { return has_begun_; }
  /// Whether the answer, if there is one, is for a request whose answers have a body.
  [[nodiscard]] bool answer_has_body() const noexcept;
  /// Ready for the next request, after on_over(). Keeps little memory.
  void reset();

  // --- Responder: from the guest that works on the answer ---
  void respond(http::Response response) override;
  void progress() override;
  void fail(http::Response response) override;
  [[nodiscard]] bool is_waiting_for_client() const override;

 private:
  enum class Phase {
    kHead,    ///< before begin()
    kBody,    ///< the body is taken in
    kAnswer,  ///< a guest works, or the answer is on its way
    kOver,
  };

  void dispatch();
  void give_body(std::string_view bytes, Part part);
  void answer(http::Response response);
  [[nodiscard]] http::Response within_budget(http::Response response);
  void begin_stream(http::Response head);
  void add_request_id(http::Response& response) const;
  void add_timing(http::Response& response) const;
  void begin_events();
  void send_events();
  void leave_events() noexcept;
  void send_part();
  void send_rest(std::string rest);
  void leave();
  void break_off();
  void end();
  [[nodiscard]] const Live* live_for_page() const;
  void begin_trace();
  void record_span(int status, base::Duration took) noexcept;
  void log_request(int status);
  void count_refusal(int status) const noexcept;

  const ExchangeServices services_;
  AnswerSink& sink_;
  Phase phase_ = Phase::kHead;
  http::Request request_;
  bool is_broken_off_ = false;  ///< by the server: the answer cannot be had as it was begun
  bool is_named_ = false;       ///< by its client: it has an X-Request-Id
  Destination destination_;
  base::Instant began_{};
  trace::RequestTrace trace_;
  std::array<char, trace::kTraceparentSize> traceparent_{};  ///< a field of the request may be there

  // The request's body.
  bool body_open_ = false;   ///< more of it comes
  bool is_stream_ = false;   ///< the worker takes it as it comes
  bool is_starved_ = false;  ///< the guest has read all that has come
  Pace body_pace_;
  Pace hurried_pace_;  ///< to keep up as well while bodies take more than half of their budget
  Budget::Share body_share_;

  // The answer.
  std::optional<Scheduler::Id> guest_;
  bool is_own_ = false;              ///< for what the server has for itself in development
  bool is_events_ = false;           ///< it is the stream of events
  std::uint64_t told_event_ = 0;     ///< the number of the last one that was sent
  std::string script_;               ///< what follows a page that streams, in development
  bool has_begun_ = false;           ///< its head was given to the sink
  bool is_complete_ = false;         ///< all of it was
  bool is_sending_ = false;          ///< the sink has some of it
  base::Instant sending_since_{};    ///< while is_sending_
  std::optional<std::string> rest_;  ///< what follows when that has left
  int status_ = 0;
  Budget::Share answer_share_;
  base::Instant leave_deadline_ = base::Instant::max();
  bool client_ended_ = false;
};

}  // namespace wws::server
