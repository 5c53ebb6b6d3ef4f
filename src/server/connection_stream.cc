// Bodies that pass through a connection while a guest works: in as they arrive, out as they are made.
//
// Each side holds little. Of the request's body that is one read and what the exchange holds; while it wants
// no more nothing is read, and so the client's sends come to rest. Of the answer one part is written at a
// time; the guest makes the next one meanwhile, and waits when that is as large as the exchange holds.
#include <algorithm>
#include <limits>
#include <utility>

#include "server/connection.h"

namespace wws::server {

void Connection::progress() {
  const auto self = shared_from_this();
  move_body();
  send_part();
  if (is_guest_at_work()) watch_client();
}

void Connection::move_body() {
  while (guest_ && stream_.body_comes && !in_.empty()) {
    abi::NativeExchange* exchange = services_.dispatcher.exchange(*guest_);
    if (exchange == nullptr || !exchange->wants_body()) return;
    if (head_.chunked) {
      body_.clear();
      const auto decoded = chunked_.decode(in_.bytes(), body_, std::numeric_limits<std::uint64_t>::max());
      in_.consume(decoded.consumed);
      if (decoded.status == http::ChunkedDecoder::Status::kBad) return refuse_body(decoded.reason);
      exchange->give_body(body_);
      stream_.body_comes = decoded.status != http::ChunkedDecoder::Status::kDone;
    } else {
      const std::size_t taken = std::min<std::uint64_t>(stream_.body_left, in_.size());
      exchange->give_body(in_.bytes().substr(0, taken));
      in_.consume(taken);
      stream_.body_left -= taken;
      stream_.body_comes = stream_.body_left > 0;
    }
    if (!stream_.body_comes) exchange->end_body();
    services_.dispatcher.resume(*guest_);
  }
}

void Connection::refuse_body(std::string_view reason) {
  services_.dispatcher.cancel(*std::exchange(guest_, std::nullopt));
  if (stream_.has_begun) return abort();
  refuse(400, reason);
}

void Connection::send_part() {
  if (state_ != State::kRunning || !guest_ || stream_.is_complete) return;
  abi::NativeExchange* exchange = services_.dispatcher.exchange(*guest_);
  if (exchange == nullptr) return;
  if (exchange->is_finished()) {
    stream_.is_complete = true;
    return stream_.has_begun ? send_rest(std::get<std::string>(exchange->take_rest().body))
                             : send(exchange->take_rest());
  }
  if (!exchange->has_output()) return;
  if (!stream_.has_begun) begin_answer(exchange->take_head());
  std::string part;
  exchange->take_output(part);
  services_.dispatcher.resume(*guest_);
  put_chunk(std::move(part));
  state_ = State::kSending;
  write_out();
}

void Connection::begin_answer(const http::Response& head) {
  stream_.has_begun = true;
  clear_output();
  status_ = head.status;
  content_length_ = 0;
  stream_.is_chunked = request_.minor_version > 0;
  close_after_ = close_after_ || draining_ || !stream_.is_chunked;
  append_response_head(out_, head,
                       {.kind = stream_.is_chunked ? Framing::Kind::kChunked : Framing::Kind::kClose},
                       services_.date.at(services_.clock.wall()), persistence());
}

/// Adds bytes of the answer to what is written next.
void Connection::put_chunk(std::string bytes) {
  if (!has_body()) return;
  content_length_ += bytes.size();
  out_body_ = std::move(bytes);
  if (!stream_.is_chunked) return;
  http::append_chunk_size(out_, out_body_.size());
  out_tail_ = "\r\n";
}

void Connection::on_part_sent() {
  state_ = State::kRunning;
  deadline_ = base::Instant::max();
  if (input_ended_) set_deadline(services_.limits.leave_time);
  clear_output();
  if (stream_.rest) return send_rest(std::move(*stream_.rest));
  send_part();
}

void Connection::respond(http::Response response) {
  const auto self = shared_from_this();
  guest_.reset();
  close_after_ = close_after_ || draining_;
  if (stream_.is_complete) {
    if (state_ == State::kRunning) finish_response();
    return;
  }
  if (!stream_.has_begun) return send(std::move(response));
  std::string rest = std::get<std::string>(std::move(response.body));
  if (state_ == State::kSending) {
    stream_.rest = std::move(rest);
  } else {
    send_rest(std::move(rest));
  }
}

void Connection::send_rest(std::string rest) {
  close_after_ = close_after_ || stream_.body_comes;
  if (!rest.empty()) put_chunk(std::move(rest));
  if (stream_.is_chunked && has_body()) out_tail_ = out_body_.empty() ? "0\r\n\r\n" : "\r\n0\r\n\r\n";
  state_ = State::kWriting;
  write_out();
}

void Connection::abort() {
  guest_.reset();
  // A reset tells also those that read until the end of the connection.
  error_code error;
  socket_.set_option(Socket::linger(true, 0), error);
  close();
}

}  // namespace wws::server
