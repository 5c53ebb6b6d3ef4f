// Where an answer goes, whatever protocol carries it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "http/response.h"

namespace wws::server {

/// Takes the parts of one answer at a time, in this order: a head; data or one file; the end. An HTTP/1
/// connection is one; each stream of a protocol that has several at once is one of its own.
///
/// What is given may be held until flush() or end(), and leaves as the client takes it. When all of it has
/// left the sink calls Exchange::on_sent(); until then no more data is given. Used from the thread of the
/// event loop; calls back from within these calls or later.
class AnswerSink {
 public:
  virtual ~AnswerSink() = default;

  /// Status and fields. `length` of the body in bytes; std::nullopt: it is not known yet. For a request
  /// whose answer has no body (HEAD, 204, 304) no data follows, whatever the length.
  virtual void send_head(const http::Response& head, std::optional<std::uint64_t> length) = 0;
  virtual void send_data(std::string bytes) = 0;
  virtual void send_file(http::FileRange range) = 0;
  /// Lets what was given leave.
  virtual void flush() = 0;
  /// The answer is complete.
  virtual void end() = 0;
  /// The answer will not be completed, and the client is to see that. The exchange is over with this call.
  virtual void abort() = 0;

  /// The exchange has room for more of the request's body. While Exchange::wants_body() says no, none is
  /// read.
  virtual void resume_reading() = 0;
  /// The answer has left and nobody works for it any more. The exchange may be reset, but not in this call.
  virtual void on_over() = 0;
  /// Bytes of the answer's body that the client's system has been given so far.
  [[nodiscard]] virtual std::uint64_t body_bytes_sent() const = 0;
};

}  // namespace wws::server
