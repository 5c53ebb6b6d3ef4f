#include "admin/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "server/response_head.h"

namespace wws::admin {
namespace asio = boost::asio;
using server::error_code;

Connection::Connection(std::unique_ptr<server::Transport> transport, Owner owner)
    : transport_(std::move(transport)), owner_(std::move(owner)), deadline_(owner_.clock.now() + kReadTime) {}

void Connection::begin(Phase phase, base::Duration time) {
  phase_ = phase;
  deadline_ = owner_.clock.now() + time;
}

void Connection::read_more() { transport_->read(room_, shared_from_this()); }

void Connection::on_read(error_code error, std::size_t count) {
  if (phase_ == Phase::kClosed || phase_ == Phase::kAsking || phase_ == Phase::kWriting) return;
  if (error) return close();
  if (phase_ == Phase::kLingering) return read_more();
  if (has_head_) {
    take_body({room_.data(), count});
  } else {
    in_.append(room_.data(), count);
    parse();
  }
  if (phase_ != Phase::kReading) return;
  if (!has_head_ || body_left_ > 0) return read_more();
  begin(Phase::kAsking, kAnswerTime);
  const auto self = shared_from_this();
  owner_.handle(*this, request_);
}

void Connection::parse() {
  const http::HeadResult result = http::parse_request_head(in_, kHeadLimits, scanned_, head_);
  switch (result.kind) {
    case http::HeadResult::Kind::kIncomplete:
      return;
    case http::HeadResult::Kind::kBad:
      return respond(http::text_response(result.status, result.reason));
    case http::HeadResult::Kind::kComplete:
      return take_request(result.consumed);
  }
}

/// What follows the body is nobody's: the connection ends with the answer.
void Connection::take_body(std::string_view bytes) {
  bytes = bytes.substr(0, body_left_);
  request_.body += bytes;
  body_left_ -= bytes.size();
}

void Connection::take_request(std::size_t head_size) {
  if (head_.chunked) return respond(http::text_response(411, "a length is needed"));
  const std::uint64_t length = head_.content_length.value_or(0);
  const std::string_view bytes = in_;
  http::take_head(bytes.substr(0, head_size), head_, request_);
  const std::size_t most = owner_.most_body(request_);
  if (length > most)
    return respond(http::text_response(413, fmt::format("a body of up to {} bytes is taken here", most)));
  has_head_ = true;
  body_left_ = length;
  take_body(bytes.substr(head_size));
}

void Connection::respond(const http::Response& response) {
  if (phase_ != Phase::kReading && phase_ != Phase::kAsking) return;
  begin(Phase::kWriting, kWriteTime);
  const auto& body = std::get<std::string>(response.body);
  server::DateText date;
  server::append_response_head(out_, response, {.length = body.size()}, date.at(owner_.clock.wall()),
                               server::Persistence::kClose);
  if (request_.method != "HEAD" && !http::is_bodyless(response.status)) out_ += body;
  write();
}

void Connection::write() {
  using Status = server::Transport::Written::Status;
  while (written_ < out_.size()) {
    const std::array buffers = {asio::const_buffer(out_.data() + written_, out_.size() - written_)};
    const auto written = transport_->write(buffers, server::Transport::Follow::kNothing);
    if (written.status == Status::kFailed) return close();
    if (written.status == Status::kWouldBlock) return transport_->when_writable(shared_from_this());
    written_ += written.bytes;
  }
  // Closed while there is something to be read, the client's system would throw the answer away.
  if (!transport_->close_sending_side()) return close();
  begin(Phase::kLingering, kLingerTime);
  read_more();
}

void Connection::on_writable(error_code error) {
  if (phase_ != Phase::kWriting) return;
  if (error) return close();
  write();
}

void Connection::check_deadline(base::Instant now) {
  if (phase_ == Phase::kClosed || now < deadline_) return;
  if (phase_ == Phase::kAsking) return respond(http::text_response(503, "the supervisor did not answer"));
  close();
}

void Connection::close() {
  if (std::exchange(phase_, Phase::kClosed) == Phase::kClosed) return;
  const auto self = shared_from_this();
  transport_->close();
  owner_.closed(*this);
}

}  // namespace wws::admin
