#include "server/connection.h"

#include <sys/sendfile.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <utility>
#include <variant>

#include "server/access_log.h"

namespace wws::server {
namespace {

constexpr std::size_t kHeadRead = 4096;
constexpr std::size_t kBodyRead = std::size_t{64} << 10;
/// Bytes of later requests taken in while a guest works on this one.
constexpr std::size_t kReadAhead = std::size_t{64} << 10;
/// Bodies up to this size are copied behind the head and go out in one call.
constexpr std::size_t kCopiedBody = std::size_t{16} << 10;
constexpr std::size_t kSendfileStep = std::size_t{1} << 20;
constexpr std::size_t kKeptCapacity = std::size_t{64} << 10;
/// Pipelined requests answered in one go, before others get their turn.
constexpr unsigned kBurst = 16;
constexpr std::chrono::seconds kLingerTime{2};

}  // namespace

Connection::Connection(Socket socket, std::string peer, ConnectionServices services,
                       std::function<void(Connection&)> on_close)
    : socket_(std::move(socket)),
      peer_(std::move(peer)),
      services_(services),
      on_close_(std::move(on_close)),
      body_share_(services_.bodies) {}

Connection::~Connection() {
  if (guest_) services_.dispatcher.cancel(*guest_);
}

void Connection::start() {
  error_code error;
  socket_.non_blocking(true, error);
  set_deadline(services_.limits.head_time);
  process();
}

// --- reading ---

void Connection::read_more(std::size_t at_least) {
  if (reading_ || state_ == State::kClosed) return;
  reading_ = true;
  const auto room = in_.prepare(at_least);
  socket_.async_read_some(
      asio::buffer(room.data(), room.size()),
      [self = shared_from_this()](error_code error, std::size_t count) { self->on_read(error, count); });
}

void Connection::on_read(error_code error, std::size_t count) {
  reading_ = false;
  if (state_ == State::kClosed) return;
  if (error == asio::error::eof) return on_end_of_input();
  if (error && error != asio::error::operation_aborted) return close();
  if (state_ == State::kLingering) {
    in_.release();
    return read_more(kHeadRead);
  }
  if (state_ == State::kHead && in_.empty() && count > 0) set_deadline(services_.limits.head_time);
  in_.commit(count);
  if (is_guest_at_work()) {
    move_body();
    return watch_client();
  }
  burst_ = 0;
  process();
}

void Connection::on_end_of_input() {
  input_ended_ = true;
  switch (state_) {
    case State::kHead:
    case State::kBody:
    case State::kLingering:
      return close();
    // It may be a client that closed its sending side and waits for the answer, or one that left: a
    // guest that is about to end is left to.
    case State::kRunning:
      if (stream_.body_comes) return close();
      return set_deadline(services_.limits.leave_time);
    case State::kSending:
    case State::kWriting:
    case State::kClosed:
      return;
  }
}

void Connection::process() {
  // One loop for all requests in the buffer: what ends a request inside of it just returns.
  if (processing_) return;
  processing_ = true;
  const auto self = shared_from_this();
  while (!reading_ && (state_ == State::kHead || state_ == State::kBody)) {
    if (state_ == State::kBody) {
      process_body();
    } else if (burst_ >= kBurst && !in_.empty()) {
      burst_ = 0;
      asio::post(socket_.get_executor(), [self] { self->process(); });
      break;
    } else {
      process_head();
    }
  }
  processing_ = false;
}

void Connection::process_head() {
  if (in_.empty()) {
    // At a stop, a request that has arrived but was not read yet is answered.
    if (input_ended_ || (draining_ && !has_unread_input())) return close();
    return read_more(kHeadRead);
  }
  const http::HeadResult result =
      http::parse_request_head(in_.bytes(), services_.limits.head, scanned_, head_);
  switch (result.kind) {
    case http::HeadResult::Kind::kIncomplete:
      if (input_ended_) return close();
      return read_more(kHeadRead);
    case http::HeadResult::Kind::kBad:
      request_began_ = services_.clock.now();
      request_ = {};
      return refuse(result.status, result.reason);
    case http::HeadResult::Kind::kComplete:
      break;
  }
  request_began_ = services_.clock.now();
  ++burst_;
  in_.skip(result.consumed);
  take_head();
  begin_body();
}

void Connection::take_head() {
  request_.method = head_.method;
  request_.minor_version = head_.minor_version;
  request_.host = head_.host;
  request_.peer = peer_;
  request_.body = {};
  std::swap(request_.fields, head_.fields);
  http::take_target(head_.target, request_);
}

void Connection::begin_body() {
  const std::uint64_t length = head_.content_length.value_or(0);
  if (!head_.chunked && length <= in_.size()) {
    request_.body = in_.bytes().substr(0, static_cast<std::size_t>(length));
    in_.skip(static_cast<std::size_t>(length));
    return dispatch();
  }
  if (services_.dispatcher.takes_stream(request_)) return begin_streamed_body();
  if (length > services_.limits.body_bytes) return refuse(413, "the request's body is too large");
  move_head_aside();
  state_ = State::kBody;
  body_began_ = services_.clock.now();
  chunked_.reset();
  answer_expectation();
}

void Connection::begin_streamed_body() {
  move_head_aside();
  chunked_.reset();
  stream_.body_comes = true;
  stream_.body_left = head_.content_length.value_or(0);
  request_.body_follows = true;
  answer_expectation();
  if (state_ != State::kClosed) dispatch();
}

void Connection::answer_expectation() {
  if (!head_.expects_continue || !in_.empty()) return;
  error_code error;
  socket_.write_some(asio::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n")), error);
  if (error) close();
}

/// Keeps the head where its views point, and goes on reading into another buffer.
void Connection::move_head_aside() {
  if (head_is_aside_) return;
  head_is_aside_ = true;
  ReadBuffer rest;
  rest.append(in_.bytes());
  head_bytes_ = std::move(in_);
  in_ = std::move(rest);
}

void Connection::process_body() {
  if (head_.chunked) {
    const auto progress = chunked_.decode(in_.bytes(), body_, services_.limits.body_bytes);
    in_.consume(progress.consumed);
    switch (progress.status) {
      case http::ChunkedDecoder::Status::kDone:
        return finish_body();
      case http::ChunkedDecoder::Status::kBad:
        return refuse(400, progress.reason);
      case http::ChunkedDecoder::Status::kTooLarge:
        return refuse(413, "the request's body is too large");
      case http::ChunkedDecoder::Status::kMore:
        break;
    }
  } else {
    const std::size_t missing = static_cast<std::size_t>(*head_.content_length) - body_.size();
    const std::size_t taken = std::min(missing, in_.size());
    body_.append(in_.bytes().substr(0, taken));
    in_.consume(taken);
    if (taken == missing) return finish_body();
  }
  if (!body_share_.resize(body_.size())) return refuse(503, "too many requests with bodies; try again");
  // So much time, and more with every byte: a client that sends slowly but steadily gets through.
  const std::chrono::seconds earned(body_.size() / services_.limits.body_bytes_per_second);
  deadline_ = body_began_ + services_.limits.body_time + earned;
  read_more(kBodyRead);
}

void Connection::finish_body() {
  request_.body = body_;
  dispatch();
}

/// Reads on while a guest works: its body, or to notice that the client left.
void Connection::watch_client() {
  move_head_aside();
  if (input_ended_) return;
  // What was read of a body is used up first: the buffer cannot change while a read is pending.
  if (stream_.body_comes && in_.empty()) read_more(kBodyRead);
  if (!stream_.body_comes && in_.size() < kReadAhead) read_more(kHeadRead);
}

// --- answering ---

void Connection::dispatch() {
  state_ = State::kRunning;
  deadline_ = base::Instant::max();
  close_after_ = !head_.keep_alive || draining_;
  auto outcome = services_.dispatcher.handle(request_, *this);
  if (auto* response = std::get_if<http::Response>(&outcome)) return send(std::move(*response));
  guest_ = std::get<Scheduler::Id>(outcome);
  progress();
}

/// Answers what is not a request we serve; the connection ends with it, since what follows in the stream
/// cannot be trusted to be a request.
void Connection::refuse(int status, std::string_view reason) {
  close_after_ = true;
  http::Response response;
  response.status = status;
  response.fields = {{"content-type", "text/plain; charset=utf-8"}};
  response.body = std::string(reason) + "\n";
  send(std::move(response));
}

void Connection::send(http::Response response) {
  state_ = State::kWriting;
  status_ = response.status;
  clear_output();
  file_.reset();
  auto* text = std::get_if<std::string>(&response.body);
  content_length_ = text != nullptr ? text->size() : std::get<http::FileRange>(response.body).length;
  // What is left of a body that nobody read would pass for the next request.
  close_after_ = close_after_ || stream_.body_comes;
  append_response_head(out_, response, {.length = content_length_}, services_.date.at(services_.clock.wall()),
                       persistence());
  if (!has_body()) {
    content_length_ = 0;
  } else if (text == nullptr) {
    file_ = std::get<http::FileRange>(std::move(response.body));
  } else if (text->size() <= kCopiedBody) {
    out_ += *text;
  } else {
    out_body_ = std::move(*text);
  }
  if (file_ && file_->length <= kCopiedBody) copy_file();
  const bool is_small = !file_ && out_body_.empty();
  const bool more_requests = !in_.empty();
  if (is_small && !more_requests) return services_.outbox.add(shared_from_this());
  write_out();
}

Persistence Connection::persistence() const noexcept {
  if (close_after_) return Persistence::kClose;
  return request_.minor_version == 0 ? Persistence::kExplicitKeepAlive : Persistence::kDefault;
}

bool Connection::has_body() const noexcept {
  return request_.method != "HEAD" && !http::is_bodyless(status_);
}

void Connection::send_held() {
  if (state_ != State::kWriting) return;
  processing_ = true;  // what follows the answer waits for go_on()
  write_out();
  processing_ = false;
}

void Connection::go_on() { process(); }

/// A small file goes out with the head in one call.
void Connection::copy_file() {
  const std::size_t head = out_.size();
  out_.resize(head + static_cast<std::size_t>(file_->length));
  const ssize_t count =
      pread(file_->file->fd(), out_.data() + head, file_->length, static_cast<off_t>(file_->offset));
  if (count == static_cast<ssize_t>(file_->length)) {
    file_.reset();
  } else {
    out_.resize(head);  // it became shorter: write_file() finds out and ends the connection
  }
}

void Connection::clear_output() noexcept {
  out_.clear();
  out_body_.clear();
  out_tail_ = {};
  out_written_ = 0;
}

void Connection::write_out() {
  while (out_written_ < out_.size() + out_body_.size() + out_tail_.size()) {
    const std::size_t in_body = out_written_ - std::min(out_written_, out_.size());
    const std::size_t in_tail = in_body - std::min(in_body, out_body_.size());
    const asio::const_buffer head = asio::buffer(out_) + out_written_;
    const std::array<asio::const_buffer, 3> buffers = {head, asio::buffer(out_body_) + in_body,
                                                       asio::buffer(out_tail_) + in_tail};
    error_code error;
    // A file follows in a call of its own: the head waits for it, and both share their packets.
    const int flags = file_ ? MSG_MORE : 0;
    // One buffer costs the kernel less than a list of them, and most answers are one.
    const bool is_one = out_body_.empty() && out_tail_.empty();
    const std::size_t count = is_one ? socket_.send(asio::const_buffers_1(head), flags, error)
                                     : socket_.send(buffers, flags, error);
    if (error == asio::error::would_block) return when_writable(&Connection::write_out);
    if (error) return close();
    out_written_ += count;
  }
  if (file_) return write_file();
  if (state_ == State::kSending) return on_part_sent();
  finish_response();
}

void Connection::write_file() {
  while (file_->length > 0) {
    auto offset = static_cast<off_t>(file_->offset);
    const std::size_t step = std::min<std::uint64_t>(file_->length, kSendfileStep);
    const ssize_t count = sendfile(socket_.native_handle(), file_->file->fd(), &offset, step);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return when_writable(&Connection::write_file);
    if (count <= 0) return close();  // an error, or the file became shorter than we promised
    file_->offset += static_cast<std::uint64_t>(count);
    file_->length -= static_cast<std::uint64_t>(count);
  }
  finish_response();
}

void Connection::when_writable(void (Connection::*next)()) {
  set_deadline(services_.limits.write_time);
  socket_.async_wait(Socket::wait_write, [self = shared_from_this(), next](error_code error) {
    if (self->state_ != State::kWriting && self->state_ != State::kSending) return;
    // Interrupted by the end of the read that watched the client: wait on.
    if (error == asio::error::operation_aborted) return self->when_writable(next);
    if (error) return self->close();
    ((*self).*next)();
  });
}

void Connection::finish_response() {
  if (guest_) {
    // Its answer is complete and it goes on: until it ends it may look at the request.
    state_ = State::kRunning;
    deadline_ = base::Instant::max();
    return watch_client();
  }
  log_request();
  if (body_.capacity() > kKeptCapacity) body_ = {};
  body_.clear();
  body_share_.clear();
  stream_ = {};
  request_.body_follows = false;
  out_body_ = {};
  file_.reset();
  if (out_.capacity() > kKeptCapacity) out_ = {};
  if (head_is_aside_) head_bytes_.release();
  head_is_aside_ = false;
  if (!reading_) in_.consume(0);
  scanned_ = 0;
  if (close_after_) return linger();
  state_ = State::kHead;
  set_deadline(in_.empty() ? services_.limits.keep_alive_time : services_.limits.head_time);
  if (reading_) {
    // The read that watched the client holds the buffer: process() goes on when it has ended.
    error_code error;
    socket_.cancel(error);
    return;
  }
  process();
}

void Connection::log_request() const {
  log_access({peer_, request_, status_, content_length_, services_.clock.now() - request_began_,
              services_.clock.wall()});
}

void Connection::linger() {
  if (input_ended_) return close();
  state_ = State::kLingering;
  set_deadline(kLingerTime);
  error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  if (error) return close();
  if (reading_) return;  // that read holds the buffer; on_read() goes on
  in_.release();
  read_more(kHeadRead);
}

// --- ends ---

void Connection::check_deadline(base::Instant now) {
  if (now < deadline_) return;
  deadline_ = base::Instant::max();
  const auto self = shared_from_this();
  if (state_ == State::kBody || (state_ == State::kHead && !in_.empty())) {
    if (state_ == State::kHead) {
      request_ = {};
      request_began_ = now;
    }
    return refuse(408, "the request took too long to arrive");
  }
  close();
}

void Connection::drain() {
  draining_ = true;
  // The read may have ended with bytes already: its handler, which comes either way, decides.
  error_code ignored;
  if (state_ == State::kHead && in_.empty() && reading_) socket_.cancel(ignored);
}

bool Connection::has_unread_input() {
  char first = 0;
  error_code error;
  return socket_.receive(asio::buffer(&first, 1), Socket::message_peek, error) > 0;
}

void Connection::close() {
  if (state_ == State::kClosed) return;
  const auto self = shared_from_this();
  state_ = State::kClosed;
  if (stream_.has_begun) log_request();
  if (guest_) services_.dispatcher.abandon(*std::exchange(guest_, std::nullopt), self);
  error_code error;
  socket_.close(error);
  on_close_(*this);
}

}  // namespace wws::server
