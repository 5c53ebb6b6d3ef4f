#include "server/http1_connection.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/release.h"

namespace wws::server {
namespace {

constexpr std::size_t kHeadRead = 4096;
constexpr std::size_t kBodyRead = std::size_t{64} << 10;
/// Bytes of later requests taken in while a guest works on this one.
constexpr std::size_t kReadAhead = std::size_t{16} << 10;
/// Bodies up to this size are copied behind the head and go out in one call.
constexpr std::size_t kCopiedBody = std::size_t{16} << 10;
/// Buffers larger than this are given back when the connection idles.
constexpr std::size_t kKeptBuffer = kHeadRead;
/// Pipelined requests answered in one go, before others get their turn.
constexpr unsigned kBurst = 16;
constexpr std::chrono::seconds kLingerTime{2};

/// Whether `bytes` are nothing but the empty lines that may stand before a request (RFC 9112, 2.2).
bool are_empty_lines(std::string_view bytes) noexcept {
  while (bytes.starts_with("\r\n")) bytes.remove_prefix(2);
  return bytes.empty();
}

}  // namespace

Http1Connection::Http1Connection(std::unique_ptr<Transport> transport, std::string peer,
                                 const ConnectionServices& services,
                                 std::function<void(Http1Connection&)> on_close)
    : transport_(std::move(transport)),
      peer_(std::move(peer)),
      services_(services),
      on_close_(std::move(on_close)),
      write_pace_(limits().write_bytes_per_second, limits().write_time) {}

Http1Connection::~Http1Connection() = default;

void Http1Connection::start() {
  rest();
  process();
}

// --- reading ---

void Http1Connection::read_more(std::size_t at_least) {
  if (reading_ || input_ended_ || state_ == State::kClosed) return;
  reading_ = true;
  transport_->read(in_.prepare(at_least), shared_from_this());
}

void Http1Connection::on_read(error_code error, std::size_t count) {
  reading_ = false;
  const bool was_empty = in_.empty();
  in_.commit(count);
  if (state_ == State::kClosed) return;
  if (error == asio::error::eof) return on_end_of_input();
  if (error && error != asio::error::operation_aborted) return close();
  if (state_ == State::kLingering) {
    in_.release();
    return read_more(kHeadRead);
  }
  if (state_ == State::kHead && was_empty && count > 0) {
    // Empty lines begin no request: the connection idles on.
    if (are_empty_lines(in_.bytes())) in_.consume(in_.size());
    if (!in_.empty()) {
      services_.idle.remove(*this);
      set_deadline(limits().head_time);
    }
  }
  burst_ = 0;
  process();
}

void Http1Connection::on_end_of_input() {
  input_ended_ = true;
  if (state_ != State::kExchange) return close();
  // It may be a client that closed its sending side and waits for the answer, or one that left.
  if (exchange_->is_body_open() && !has_ended_) return close();
  exchange_->on_client_end();
}

/// One loop for all requests in the buffer: what ends a request inside of it just returns.
void Http1Connection::process() {
  if (processing_) return;
  processing_ = true;
  const auto self = shared_from_this();
  while (process_one()) {
  }
  processing_ = false;
  read_if_wanted();
}

bool Http1Connection::process_one() {
  switch (state_) {
    case State::kHead:
      if (burst_ < kBurst || in_.empty()) return process_head();
      burst_ = 0;
      asio::post(transport_->executor(), [self = shared_from_this()] { self->process(); });
      return false;
    case State::kExchange:
      return process_body();
    case State::kLingering:
    case State::kClosed:
      return false;
  }
  return false;
}

/// True: there was a head, and more may be done.
bool Http1Connection::process_head() {
  if (in_.empty()) {
    // At a stop, a request that has arrived but was not read yet is answered.
    if (input_ended_ || (draining_ && !is_new_ && !is_patient_ && !transport_->has_input())) {
      close();
    } else {
      read_more(kHeadRead);
    }
    return false;
  }
  const std::string_view bytes = in_.bytes();
  const http::HeadResult result = http::parse_request_head(bytes, limits().head, scanned_, head_);
  switch (result.kind) {
    case http::HeadResult::Kind::kIncomplete:
      if (input_ended_) {
        close();
      } else {
        read_more(kHeadRead);
      }
      return false;
    case http::HeadResult::Kind::kBad:
      refuse_head(result.status, result.reason);
      return false;
    case http::HeadResult::Kind::kComplete:
      break;
  }
  ++burst_;
  begin_exchange(bytes.substr(0, result.consumed));
  return true;
}

void Http1Connection::make_exchange() {
  if (exchange_ && exchange_.use_count() == 1) return exchange_->reset();
  exchange_ = std::make_shared<Exchange>(services_.exchange, *this);
  exchange_->request().peer = peer_;
}

void Http1Connection::begin_exchange(std::string_view head_bytes) {
  is_new_ = false;
  make_exchange();
  http::take_head(head_bytes, head_, exchange_->request());
  in_.consume(head_bytes.size());
  scanned_ = 0;
  state_ = State::kExchange;
  deadline_ = base::Instant::max();
  close_after_ = !head_.keep_alive || draining_;
  body_left_ = head_.content_length.value_or(0);
  chunked_.reset();
  exchange_->begin(head_.chunked ? std::nullopt : std::optional(body_left_));
  if (state_ == State::kExchange && exchange_->wants_body()) answer_expectation();
}

/// Answers what is not a request we serve; the connection ends with it, since what follows in the stream
/// cannot be trusted to be a request.
void Http1Connection::refuse_head(int status, std::string_view reason) {
  const bool is_head = in_.bytes().starts_with("HEAD ");
  make_exchange();
  exchange_->forget_request();
  if (is_head) exchange_->request().method = "HEAD";
  services_.idle.remove(*this);
  state_ = State::kExchange;
  deadline_ = base::Instant::max();
  close_after_ = true;
  body_left_ = 0;
  exchange_->refuse(status, reason);
}

void Http1Connection::answer_expectation() {
  if (!head_.expects_continue || !in_.empty()) return;
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  const asio::const_buffer buffer(kContinue.data(), kContinue.size());
  const auto written = transport_->write(std::span(&buffer, 1), Transport::Follow::kNothing);
  if (written.bytes != kContinue.size()) close();
}

/// Gives the exchange what has come of the body. True: there was something to do, and there may be more.
bool Http1Connection::process_body() {
  if (!exchange_->wants_body()) return false;
  if (in_.empty()) {
    read_more(kBodyRead);
    return false;
  }
  if (!head_.chunked) {
    const std::size_t count = std::min<std::uint64_t>(body_left_, in_.size());
    body_left_ -= count;
    // Used before it is given: with the last bytes the answer may be complete and the connection at rest.
    // They stay where they are until something is read again, and the exchange copies them first of all.
    const std::string_view bytes = in_.bytes().substr(0, count);
    in_.consume(count);
    exchange_->take_body(bytes, body_left_ > 0 ? Exchange::Part::kMore : Exchange::Part::kLast);
    return true;
  }
  std::string data;
  const auto decoded = chunked_.decode(in_.bytes(), data, exchange_->body_room());
  in_.consume(decoded.consumed);
  switch (decoded.status) {
    case http::ChunkedDecoder::Status::kMore:
      exchange_->take_body(data, Exchange::Part::kMore);
      return true;
    case http::ChunkedDecoder::Status::kDone:
      exchange_->take_body(data, Exchange::Part::kLast);
      return true;
    case http::ChunkedDecoder::Status::kBad:
      close_after_ = true;
      exchange_->refuse(400, decoded.reason);
      return true;
    case http::ChunkedDecoder::Status::kTooLarge:
      exchange_->refuse(413, "the request's body is too large");
      return true;
  }
  return false;
}

/// Reads on while a guest works, to notice that the client left.
void Http1Connection::read_if_wanted() {
  if (state_ != State::kExchange || !exchange_->has_guest() || exchange_->is_body_open()) return;
  if (in_.size() >= kReadAhead) return;
  // That read may be pending for as long as the connection idles.
  if (!reading_ && in_.empty() && in_.capacity() > kKeptBuffer) in_.shrink(kKeptBuffer);
  read_more(kHeadRead);
}

// --- writing ---

void Http1Connection::send_head(const http::Response& head, std::optional<std::uint64_t> length) {
  Framing framing;
  is_chunked_ = !length && exchange_->request().version != http::Version::kHttp10;
  if (length) {
    framing.length = *length;
    // What is left of a body that nobody read would pass for the next request.
    close_after_ = close_after_ || (exchange_->is_body_open() && !exchange_->has_guest());
  } else {
    framing.kind = is_chunked_ ? Framing::Kind::kChunked : Framing::Kind::kClose;
    close_after_ = close_after_ || !is_chunked_;
  }
  close_after_ = close_after_ || draining_;
  append_response_head(out_, head, framing, services_.date.at(services_.exchange.clock.wall()),
                       persistence());
  out_framing_ = out_.size();
}

Persistence Http1Connection::persistence() const noexcept {
  if (close_after_) return Persistence::kClose;
  return exchange_->request().version == http::Version::kHttp10 ? Persistence::kExplicitKeepAlive
                                                                : Persistence::kDefault;
}

void Http1Connection::send_data(std::string bytes) {
  if (is_chunked_) {
    http::append_chunk_size(out_, bytes.size());
    out_tail_ = "\r\n";
  }
  out_framing_ = out_.size();
  out_payload_ = bytes.size();
  if (bytes.size() <= kCopiedBody && !is_chunked_) {
    out_ += bytes;
  } else {
    out_body_ = std::move(bytes);
  }
}

void Http1Connection::send_file(http::FileRange range) {
  file_ = std::move(range);
  if (file_->length <= kCopiedBody) copy_small_file();
}

/// A small file goes out with the head in one call.
void Http1Connection::copy_small_file() {
  const std::size_t head = out_.size();
  const auto length = static_cast<std::size_t>(file_->length);
  out_.resize(head + length);
  const ssize_t count =
      pread(file_->file->fd(), out_.data() + head, length, static_cast<off_t>(file_->offset));
  if (count == static_cast<ssize_t>(length)) {
    out_payload_ = length;
    file_.reset();
  } else {
    out_.resize(head);  // it became shorter: write_file() finds out and ends the connection
  }
}

void Http1Connection::end() {
  has_ended_ = true;
  if (is_chunked_ && exchange_->answer_has_body()) {
    out_tail_ = out_body_.empty() ? "0\r\n\r\n" : "\r\n0\r\n\r\n";
  }
  const bool is_small = !file_ && out_body_.empty() && !is_chunked_;
  if (is_small && in_.empty()) return services_.outbox.add(shared_from_this());
  write_out();
}

void Http1Connection::send_held() {
  if (state_ != State::kExchange) return;
  processing_ = true;  // what follows the answer waits for go_on()
  write_out();
  processing_ = false;
}

void Http1Connection::write_out() {
  if (state_ != State::kExchange || waiting_for_room_) return;
  if (!write_buffers() || (file_ && !write_file())) return;
  clear_output();
  exchange_->on_sent();
}

/// Writes what the buffers hold. False: the rest goes later, or the connection is closed.
bool Http1Connection::write_buffers() {
  while (out_written_ < out_.size() + out_body_.size() + out_tail_.size()) {
    const std::size_t in_body = out_written_ - std::min(out_written_, out_.size());
    const std::size_t in_tail = in_body - std::min(in_body, out_body_.size());
    const std::array<asio::const_buffer, 3> buffers = {asio::buffer(out_) + out_written_,
                                                       asio::buffer(out_body_) + in_body,
                                                       asio::buffer(out_tail_) + in_tail};
    const bool is_one = out_body_.empty() && out_tail_.empty();
    // A file follows in a call of its own: the head waits for it, and both share their packets.
    const auto written = transport_->write(std::span(buffers.data(), is_one ? 1 : buffers.size()),
                                           file_ ? Transport::Follow::kMore : Transport::Follow::kNothing);
    if (written.status == Transport::Written::Status::kFailed) {
      close();
      return false;
    }
    if (written.status == Transport::Written::Status::kWouldBlock) {
      wait_for_room();
      return false;
    }
    count_written(written.bytes);
  }
  return true;
}

void Http1Connection::count_written(std::size_t bytes) {
  const auto payload_until = [this](std::size_t end) {
    return std::min(end - std::min(end, out_framing_), out_payload_);
  };
  body_bytes_sent_ += payload_until(out_written_ + bytes) - payload_until(out_written_);
  out_written_ += bytes;
  written_ += bytes;
}

/// Writes of the file what the client takes, but no more than a slice: then the others have their turn.
bool Http1Connection::write_file() {
  constexpr std::size_t kSlice = std::size_t{256} << 10;
  std::size_t left = kSlice;
  while (file_->length > 0) {
    if (left == 0) {
      asio::post(transport_->executor(), [self = shared_from_this()] { self->write_out(); });
      return false;
    }
    const auto written = transport_->send_file(*file_, left);
    if (written.status == Transport::Written::Status::kWouldBlock) {
      wait_for_room();
      return false;
    }
    if (written.status == Transport::Written::Status::kFailed || written.bytes == 0) {
      close();  // an error, or the file became shorter than we promised
      return false;
    }
    file_->offset += written.bytes;
    file_->length -= written.bytes;
    body_bytes_sent_ += written.bytes;
    written_ += written.bytes;
    left -= std::min(left, written.bytes);
  }
  return true;
}

void Http1Connection::wait_for_room() {
  waiting_for_room_ = true;
  count_left(now());
  transport_->when_writable(shared_from_this());
}

void Http1Connection::on_writable(error_code error) {
  if (state_ != State::kExchange || !waiting_for_room_) return;
  // Interrupted by the end of a read: wait on.
  if (error == asio::error::operation_aborted) return transport_->when_writable(shared_from_this());
  if (error) return close();
  waiting_for_room_ = false;
  write_out();
}

void Http1Connection::clear_output() {
  out_.clear();
  if (!out_body_.empty()) base::release(out_body_);
  out_tail_ = {};
  out_written_ = out_framing_ = out_payload_ = 0;
  file_.reset();
  is_paced_ = false;
}

void Http1Connection::abort() {
  if (state_ == State::kClosed) return;
  if (body_bytes_sent_ > 0 || out_written_ > 0 || exchange_->has_begun()) transport_->break_off();
  close();
}

void Http1Connection::on_over() {
  if (state_ == State::kClosed) return;
  close_after_ = close_after_ || exchange_->is_body_open();
  has_ended_ = is_chunked_ = false;
  body_bytes_sent_ = 0;
  if (close_after_) return linger();
  rest();
  process();
}

/// Waits for the next request, with little memory.
void Http1Connection::rest() {
  state_ = State::kHead;
  if (!in_.empty()) return set_deadline(limits().head_time);
  set_deadline(is_patient_ ? limits().first_request_time : limits().keep_alive_time);
  if (!reading_ && in_.capacity() > kKeptBuffer) in_.shrink(kKeptBuffer);
  if (out_.capacity() > kKeptBuffer) base::release(out_);
  services_.idle.add(*this);
}

void Http1Connection::linger() {
  if (input_ended_) return close();
  state_ = State::kLingering;
  set_deadline(kLingerTime);
  if (!transport_->close_sending_side()) return close();
  if (reading_) return;  // that read holds the buffer; on_read() goes on
  in_.release();
  read_more(kHeadRead);
}

// --- ends ---

void Http1Connection::check_deadline(base::Instant now) {
  const auto self = shared_from_this();
  if (state_ == State::kExchange) {
    if (waiting_for_room_) count_left(now);
    if (waiting_for_room_ && write_pace_.is_late(now)) return close();
    // Where nothing is read, because enough was, only this tells.
    if (state_ == State::kExchange && exchange_->has_guest() && !reading_ && !input_ended_ &&
        transport_->has_peer_left()) {
      on_end_of_input();
    }
    if (state_ == State::kExchange) exchange_->check_deadline(now);
    return;
  }
  if (now < deadline_) return;
  deadline_ = base::Instant::max();
  if (state_ == State::kHead && !in_.empty()) return refuse_head(408, kLateRequest);
  close();
}

/// Progress is what has reached the client, not what its system's buffers took from us.
void Http1Connection::count_left(base::Instant now) {
  const std::uint64_t left = written_ - std::min<std::uint64_t>(written_, transport_->unsent());
  if (!std::exchange(is_paced_, true)) {
    write_pace_.start(now);
  } else if (left > left_) {
    write_pace_.advance(left - left_, now);
  }
  left_ = std::max(left, left_);
}

void Http1Connection::drain(Drain how) {
  draining_ = true;
  is_patient_ = how == Drain::kPatient;
  // A client that connected a moment ago is about to send its request: it must not find the door shut.
  if (state_ == State::kHead && in_.empty() && (is_new_ || is_patient_))
    return set_deadline(limits().first_request_time);
  // The read may have ended with bytes already: its handler, which comes either way, decides.
  if (state_ == State::kHead && in_.empty() && reading_) transport_->cancel_read();
}

bool Http1Connection::may_use_store() const {
  return state_ == State::kHead || (state_ == State::kExchange && exchange_->may_use_store());
}

void Http1Connection::close() {
  if (state_ == State::kClosed) return;
  const auto self = shared_from_this();
  const bool in_exchange = state_ == State::kExchange;
  state_ = State::kClosed;
  services_.idle.remove(*this);
  if (in_exchange) exchange_->on_client_gone();
  transport_->close();
  on_close_(*this);
}

// --- idle connections ---

void IdleConnections::add(Http1Connection& connection) {
  remove(connection);
  connections_.push_back(connection);
  if (connections_.size() == 1 && on_first) on_first();
}

void IdleConnections::remove(Http1Connection& connection) noexcept {
  auto& hook = static_cast<boost::intrusive::list_base_hook<>&>(connection);
  if (hook.is_linked()) connections_.erase(connections_.iterator_to(connection));
}

}  // namespace wws::server
