#include "egress/transfer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "base/quantity.h"
#include "base/release.h"
#include "egress/frame_kind.h"
#include "egress/request_fields.h"

namespace wws::egress {
using fetch::Failure;
using fetch::Refusal;
namespace {

/// Of the body of an answer that leads elsewhere: reading it lets the connection be used again.
constexpr std::size_t kMostDrained = std::size_t{64} << 10;
/// The serving process is told of what was sent in pieces of this size.
constexpr std::size_t kTold = std::size_t{16} << 10;
/// May be sent again when a connection turns out to be closed (RFC 9110, 9.2.2).
constexpr std::array<std::string_view, 6> kIdempotent = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"};

bool is_idempotent(std::string_view method) {
  return std::ranges::find(kIdempotent, method) != kIdempotent.end();
}

const std::string* find(const fetch::Fields& fields, std::string_view lower_name) {
  const auto found =
      std::ranges::find_if(fields, [&](const auto& field) { return field.first == lower_name; });
  return found == fields.end() ? nullptr : &found->second;
}

/// Of the status line: "HTTP/1.1 200 OK", "HTTP/2 200". Zero: it is none.
int parse_status(std::string_view line) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return 0;
  const std::string_view digits = line.substr(space + 1, 3);
  int status = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), status);
  return error == std::errc() && end == digits.data() + digits.size() && status >= 100 ? status : 0;
}

Failure to_failure(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
      return Failure::kUnreachable;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CLIENTCERT:
      return Failure::kTls;
    case CURLE_OPERATION_TIMEDOUT:
      return Failure::kTimeout;
    case CURLE_TOO_LARGE:
      return Failure::kTooLarge;
    case CURLE_OUT_OF_MEMORY:
      return Failure::kUnavailable;
    default:
      return Failure::kBroken;
  }
}

}  // namespace

Transfer::Transfer(const TransferParts& parts, const fetch::Grant& grant, TransferOwner& owner,
                   fetch::Request request)
    : parts_(parts), grant_(grant), owner_(owner), request_(std::move(request)) {}

void Transfer::start() {
  const base::Instant now = parts_.clock.now();
  ends_at_ = now + grant_.limits.time;
  connects_by_ = attempt_ends_at_ = answers_by_ = base::Instant::max();
  auto fields = prepare_fields(request_);
  if (!fields) return fail(std::move(fields.error()));
  request_.fields = std::move(*fields);
  auto url = Url::parse(request_.url);
  if (!url) return fail(std::move(url.error()));
  url_.emplace(std::move(*url));
  if (request_.body == fetch::BodyForm::kNone) {
    has_whole_body_ = true;
    request_.length.reset();
  } else if (request_.method == "HEAD") {
    return fail(Failure::kInvalid, "a HEAD request has no body");
  }
  if (request_.length && *request_.length > grant_.limits.request_body)
    return fail(
        Failure::kTooLarge,
        fmt::format("the request's body is larger than {}: max_request_body in [features.http_requests]",
                    base::format_size(grant_.limits.request_body)));
  next_hop();
}

void Transfer::add_body(std::string_view bytes) {
  if (phase_ == Phase::kOver || has_whole_body_) return;
  body_bytes_ += bytes.size();
  if (body_bytes_ > grant_.limits.request_body)
    return fail(
        Failure::kTooLarge,
        fmt::format("the request's body is larger than {}: max_request_body in [features.http_requests]",
                    base::format_size(grant_.limits.request_body)));
  if (request_.length && body_bytes_ > *request_.length)
    return fail(Failure::kInvalid, "the request's body is longer than its content-length");
  if (drops_body_) {
    untold_ += bytes.size();
    return tell_taken();
  }
  body_ += bytes;
  if (is_whole()) has_whole_body_ = true;
  if (phase_ == Phase::kWaiting) return next_hop();
  if (std::exchange(waits_for_body_, false)) hop_->resume({waits_for_reader_, false});
}

void Transfer::end_body() {
  if (phase_ == Phase::kOver || has_whole_body_) return;
  has_whole_body_ = true;
  if (request_.length && body_bytes_ != *request_.length && !drops_body_)
    return fail(Failure::kInvalid, "the request's body is shorter than its content-length");
  if (phase_ == Phase::kWaiting) return next_hop();
  if (std::exchange(waits_for_body_, false)) hop_->resume({waits_for_reader_, false});
}

void Transfer::resume() {
  if (std::exchange(waits_for_reader_, false)) hop_->resume({false, waits_for_body_});
}

base::Instant Transfer::deadline() const noexcept {
  return std::min({ends_at_, connects_by_, attempt_ends_at_, answers_by_});
}

void Transfer::expire(base::Instant now) {
  if (phase_ == Phase::kOver || now < deadline()) return;
  const auto& limits = grant_.limits;
  if (now >= ends_at_)
    return fail(Failure::kTimeout,
                fmt::format("{}: it took longer than {}: timeout in [features.http_requests]", where(),
                            base::format_duration(limits.time)));
  if (now >= answers_by_)
    return fail(Failure::kTimeout,
                fmt::format("{}: no answer within {}: first_byte_timeout in [features.http_requests]",
                            where(), base::format_duration(limits.first_byte_time)));
  if (now >= connects_by_ || addresses_.empty())
    return fail(Failure::kTimeout,
                fmt::format("{}: no {} within {}: connect_timeout in [features.http_requests]", where(),
                            phase_ == Phase::kResolving ? "address" : "connection",
                            base::format_duration(limits.connect_time)));
  next_address();  // this one had its share of the time
}

/// Judges a URL as if it were the first.
void Transfer::next_hop() {
  if (is_whole() && !has_whole_body_) return;  // a body that is sent again has to be here first
  const fetch::Origin& to = url_->origin();
  if (const auto why = grant_.allow.refuses(request_.method, to.scheme, to.host, to.port))
    return fail(Failure::kNotAllowed, fmt::format("{}: {}", where(), *why));
  phase_ = Phase::kResolving;
  connects_by_ = parts_.clock.now() + grant_.limits.connect_time;
  attempt_ends_at_ = answers_by_ = base::Instant::max();
  owner_.on_deadline(deadline());
  if (url_->address()) return judge(Addresses{{*url_->address()}, {}});
  parts_.resolver.resolve(
      to.host, [weak = weak_from_this(), hop = redirects_](const Resolver::Answer& answer) {
        const auto transfer = weak.lock();
        if (transfer && transfer->phase_ == Phase::kResolving && transfer->redirects_ == hop)
          transfer->judge(answer);
      });
}

/// Of the addresses that a name has, those that may be reached are.
void Transfer::judge(const Resolver::Answer& answer) {
  const fetch::Origin& to = url_->origin();
  if (!answer) return fail(Failure::kUnreachable, fmt::format("{}: {}", where(), answer.error()));
  std::string why;
  addresses_.clear();
  for (const fetch::IpAddress& address : answer->addresses) {
    if (auto refused = grant_.allow.refuses(to.host, address, to.port)) {
      why = std::move(*refused);
    } else if (parts_.own.contain(address, to.port)) {
      why =
          "this server listens there itself: allow_own_listeners in [fetch] of wws.toml lets workers ask it";
    } else {
      addresses_.push_back(address);
    }
  }
  if (addresses_.empty()) return fail(Failure::kNotAllowed, fmt::format("{}: {}", where(), why));
  next_address();
}

/// Each address gets its share of the time that is left, the last one all of it.
void Transfer::next_address() {
  const base::Instant now = parts_.clock.now();
  const fetch::IpAddress address = addresses_.front();
  attempt_ends_at_ = addresses_.size() == 1
                         ? base::Instant::max()
                         : now + (connects_by_ - now) / static_cast<std::int64_t>(addresses_.size());
  addresses_.erase(addresses_.begin());
  owner_.on_deadline(deadline());
  connect(address);
}

void Transfer::connect(const fetch::IpAddress& address) {
  phase_ = Phase::kConnecting;
  hop_.reset();
  waits_for_body_ = waits_for_reader_ = false;
  address_ = address;
  connections_ = 0;
  sent_ = is_whole() ? 0 : sent_;
  head_ = {};
  head_bytes_ = head_lines_ = drained_ = 0;
  const bool has_body = request_.body != fetch::BodyForm::kNone;
  if (is_whole()) request_.length = body_.size();
  hop_ = parts_.connections.start(
      {*url_, *address_, request_.method, request_.fields, has_body, request_.length}, *this);
  if (!hop_) fail(Failure::kUnavailable, "there is no memory for one more request");
}

HopHandler::Verdict Transfer::on_connected(const std::optional<Endpoint>& peer,
                                           const std::optional<fetch::IpAddress>& self) {
  const std::uint16_t port = url_->origin().port;
  if (peer && *peer != Endpoint{*address_, port})
    return refuse(Failure::kNotAllowed,
                  fmt::format("{}: connected to {}, and not to the address that was allowed", where(),
                              peer->address.to_string()));
  if (peer && parts_.own.contain(*address_, port, self))
    return refuse(
        Failure::kNotAllowed,
        fmt::format("{}: this server listens there itself: allow_own_listeners in [fetch] of wws.toml lets "
                    "workers ask it",
                    where()));
  if (peer && self == *address_ && !grant_.allow.names(*address_, port))
    return refuse(
        Failure::kNotAllowed,
        fmt::format("{}: {} is this machine itself: allowed_hosts of [features.http_requests] has to name "
                    "the address",
                    where(), address_->to_string()));
  // libcurl begins again when a connection from the pool was closed meanwhile. What it sent may have been
  // done.
  if (++connections_ > 1 && !is_idempotent(request_.method))
    return refuse(Failure::kBroken,
                  fmt::format("{}: the connection was closed before an answer came; {} is not sent "
                              "twice",
                              where(), request_.method));
  phase_ = Phase::kSent;
  connects_by_ = attempt_ends_at_ = base::Instant::max();
  answers_by_ = parts_.clock.now() + grant_.limits.first_byte_time;
  owner_.on_deadline(deadline());
  return Verdict::kGo;
}

HopHandler::Verdict Transfer::on_head_line(std::string_view line) {
  if (phase_ == Phase::kAnswering) return Verdict::kGo;  // what follows a body
  head_bytes_ += line.size();
  if (head_bytes_ > kLargestHead || ++head_lines_ > kMostFields)
    return refuse(Failure::kTooLarge,
                  fmt::format("{}: the answer's head is larger than {} or has more than {} fields", where(),
                              base::format_size(kLargestHead), kMostFields));
  if (line.empty()) return end_head();
  if (head_.status == 0) {
    head_.status = parse_status(line);
    if (head_.status == 0 || head_.status == 101)
      return refuse(Failure::kBroken, fmt::format("{}: the answer is none of HTTP", where()));
    return Verdict::kGo;
  }
  auto field = parse_field(line);
  if (!field)
    return refuse(Failure::kBroken, fmt::format("{}: the answer has a header field that is none", where()));
  head_.fields.push_back(std::move(*field));
  return Verdict::kGo;
}

HopHandler::Verdict Transfer::end_head() {
  if (head_.status < 200) {  // the answer is still to come
    head_ = {};
    return Verdict::kGo;
  }
  phase_ = Phase::kAnswering;
  answers_by_ = base::Instant::max();
  const std::string* location = find(head_.fields, "location");
  if (location != nullptr && fetch::is_redirect(head_.status) &&
      request_.redirect != fetch::RedirectMode::kManual)
    return redirect(*location);
  if (const std::string* length = find(head_.fields, "content-length");
      length != nullptr && request_.method != "HEAD") {
    std::uint64_t bytes = 0;
    std::from_chars(length->data(), length->data() + length->size(), bytes);
    if (bytes > grant_.limits.response_body)
      return refuse(Failure::kTooLarge,
                    fmt::format("{}: the answer's body is larger than {}: max_response_body in "
                                "[features.http_requests]",
                                where(), base::format_size(grant_.limits.response_body)));
  }
  head_.url = url_->to_string();
  std::erase_if(head_.fields, [](const auto& field) { return !is_for_worker(field.first); });
  owner_.on_head(head_);
  return Verdict::kGo;
}

HopHandler::Verdict Transfer::redirect(const std::string& location) {
  if (request_.redirect == fetch::RedirectMode::kError)
    return refuse(
        Failure::kRedirect,
        fmt::format("{}: the answer leads elsewhere, which this request takes for an error", where()));
  if (redirects_ >= fetch::kMostRedirects)
    return refuse(Failure::kRedirect,
                  fmt::format("{}: more than {} redirects", where(), fetch::kMostRedirects));
  auto url = url_->resolve(location);
  if (!url) return refuse(Failure::kRedirect, fmt::format("{}: leads to {}", where(), url.error().message));
  const bool is_stream = request_.body == fetch::BodyForm::kStream;
  auto next = fetch::follow({request_.method, request_.fields, is_stream}, head_.status, url_->origin(),
                            url->origin());
  if (!next)
    return refuse(
        Failure::kRedirect,
        fmt::format("{}: the answer ({}) asks for the request to be sent elsewhere, and its body is gone: it "
                    "was a stream",
                    where(), head_.status));
  const bool is_sent = is_body_sent();
  if (next->method != request_.method) {
    request_.body = fetch::BodyForm::kNone;
    request_.length.reset();
    drops_body_ = true;
    untold_ += is_stream ? body_.size() - sent_ : 0;
    base::release(body_);
    sent_ = 0;
    tell_taken();
  }
  request_.method = std::move(next->method);
  request_.fields = std::move(next->fields);
  next_url_.emplace(std::move(*url));
  ++redirects_;
  return is_sent ? Verdict::kGo : Verdict::kStop;
}

HopHandler::Taken Transfer::on_data(std::string_view bytes) {
  if (next_url_) {
    drained_ += bytes.size();
    return drained_ > kMostDrained ? Taken::kStop : Taken::kAll;
  }
  if (phase_ != Phase::kAnswering) return Taken::kStop;
  if (!owner_.can_take(bytes.size())) {
    waits_for_reader_ = true;
    return Taken::kNotNow;
  }
  answer_bytes_ += bytes.size();
  if (answer_bytes_ > grant_.limits.response_body) {
    (void)refuse(
        Failure::kTooLarge,
        fmt::format("{}: the answer's body is larger than {}: max_response_body in [features.http_requests]",
                    where(), base::format_size(grant_.limits.response_body)));
    return Taken::kStop;
  }
  for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), kLargestPiece)))
    owner_.on_data(bytes.substr(0, kLargestPiece));
  return Taken::kAll;
}

HopHandler::Given Transfer::on_send(std::span<char> bytes) {
  if (drops_body_) return {Given::State::kStop};
  const std::size_t size = std::min(bytes.size(), body_.size() - sent_);
  if (size == 0 && !has_whole_body_) {
    waits_for_body_ = true;
    return {Given::State::kNotNow};
  }
  if (size > 0) std::memcpy(bytes.data(), body_.data() + sent_, size);
  sent_ += size;
  if (phase_ == Phase::kSent) answers_by_ = parts_.clock.now() + grant_.limits.first_byte_time;
  if (is_whole()) return {Given::State::kSome, size};
  untold_ += size;
  if (sent_ == body_.size()) {
    body_.clear();
    sent_ = 0;
  }
  if (untold_ >= kTold || body_.empty()) tell_taken();
  return {Given::State::kSome, size};
}

HopHandler::Verdict Transfer::on_rewind() {
  if (is_whole()) {
    sent_ = 0;
    return Verdict::kGo;
  }
  return sent_ == 0 && body_.size() == body_bytes_ ? Verdict::kGo : Verdict::kStop;
}

void Transfer::on_done(const HopEnd& end) {
  if (phase_ == Phase::kOver) return;
  if (refusal_) return fail(std::move(*refusal_));
  if (next_url_) {
    hop_.reset();
    url_ = std::exchange(next_url_, std::nullopt);
    return next_hop();
  }
  if (end.code != CURLE_OK) return on_hop_failed(end);
  if (phase_ != Phase::kAnswering)
    return fail(Failure::kBroken, fmt::format("{}: there was no answer", where()));
  phase_ = Phase::kOver;
  owner_.on_end();
}

void Transfer::on_hop_failed(const HopEnd& end) {
  if (phase_ == Phase::kConnecting && end.code == CURLE_COULDNT_CONNECT && !addresses_.empty())
    return next_address();
  fail(to_failure(end.code), fmt::format("{}: {}", where(), log::escaped(end.text)));
}

/// Within libcurl: it ends the hop first.
HopHandler::Verdict Transfer::refuse(Failure failure, std::string message) {
  refusal_ = Refusal{failure, std::move(message)};
  return Verdict::kStop;
}

void Transfer::fail(Failure failure, std::string message) { fail(Refusal{failure, std::move(message)}); }

void Transfer::fail(Refusal refusal) {
  const auto self = shared_from_this();  // the owner may end it
  phase_ = Phase::kOver;
  ends_at_ = connects_by_ = attempt_ends_at_ = answers_by_ = base::Instant::max();
  hop_.reset();
  waits_for_body_ = waits_for_reader_ = false;
  owner_.on_failed(refusal);
}

/// "https://example.com:8443", without what may be secret.
std::string Transfer::where() const {
  if (!url_) return "the request";
  const fetch::Origin& to = url_->origin();
  const bool is_usual = to.port == (to.scheme == "https" ? 443 : 80) || to.port == 0;
  const std::string host = to.host.find(':') == std::string::npos ? to.host : "[" + to.host + "]";
  return is_usual ? fmt::format("{}://{}", to.scheme, host)
                  : fmt::format("{}://{}:{}", to.scheme, host, to.port);
}

bool Transfer::is_body_sent() const noexcept { return has_whole_body_ && sent_ == body_.size(); }

void Transfer::tell_taken() {
  if (untold_ > 0) owner_.on_taken(std::exchange(untold_, 0));
}

}  // namespace wws::egress
