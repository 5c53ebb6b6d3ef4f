#include "egress/fetch_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace wws::egress {

using abi::NativeError;
using fetch::Failure;
namespace {

/// Without who one is, and without what is behind the path: both may be secret.
std::string_view without_secrets(std::string_view url) { return url.substr(0, url.find_first_of("?#")); }

/// Between the scheme and the path, where `url` is one as people write it.
std::string_view authority_of(std::string_view url) {
  const std::size_t begin = url.find("//");
  if (begin == std::string_view::npos) return {};
  url.remove_prefix(begin + 2);
  url = url.substr(0, url.find_first_of("/?#\\"));
  return url.substr(url.rfind('@') + 1);  // of npos + 1 all
}

void record_span(const fetch::Request& request, const std::optional<fetch::Head>& head,
                 const std::optional<fetch::Refusal>& refusal, base::Duration took) {
  using trace::Text;
  const trace::ClientSpan& its = request.span;
  its.tracer->record(trace::SpanKind::kFetch, its.context.trace, its.context.span, its.parent, took,
                     [&](trace::SpanRecord& span) {
                       span.put(Text::kMethod, request.method, 32);
                       span.put(Text::kHost, authority_of(request.url), 128);
                       const std::string_view url = without_secrets(request.url);
                       if (url.find('@') == std::string_view::npos) span.put(Text::kUrl, url, 512);
                       if (head) span.status = static_cast<std::uint16_t>(head->status);
                       if (refusal) return span.set_error(fetch::name(refusal->failure), refusal->message);
                       if (head && head->status >= 400) span.set_error(std::to_string(head->status));
                     });
}

}  // namespace

/// One request: what is known of it, whoever asks.
class FetchClient::Exchange {
 public:
  enum class Phase {
    kWaiting,  ///< for its turn
    kRunning,  ///< the child has it
    kEnded,    ///< nothing more comes
  };

  Exchange(FetchClient& its_client, const abi::FetchGrant& its_grant, std::uint64_t its_invocation,
           fetch::Request its_request, std::string_view its_body)
      : client(its_client),
        grant(its_grant),
        invocation(its_invocation),
        request(std::move(its_request)),
        whole_body(its_body) {}

  FetchClient& client;
  const abi::FetchGrant grant;
  const std::uint64_t invocation;
  fetch::Request request;
  std::string whole_body;  ///< until it is sent
  Phase phase = Phase::kWaiting;
  link::LinkPtr link;    ///< of kRunning: to the child that has it
  std::uint32_t id = 0;  ///< of kRunning
  base::Instant began{};
  std::optional<fetch::Head> head;
  std::optional<fetch::Refusal> refusal;
  std::string arrived;         ///< of the answer's body
  std::size_t read = 0;        ///< of `arrived`
  std::size_t unreported = 0;  ///< bytes that were read, and the child does not know yet
  std::size_t room = kWindow;  ///< of the request's body
  bool body_ended = false;
  bool head_seen = false;  ///< by the guest: what it waits for next is the body

  [[nodiscard]] std::size_t held() const noexcept { return arrived.size() - read; }
  /// There is something that the guest has not seen.
  [[nodiscard]] bool has_news() const noexcept {
    return phase == Phase::kEnded || held() > 0 || (head.has_value() && !head_seen);
  }
  [[nodiscard]] bool has_room() const noexcept { return phase == Phase::kEnded || body_ended || room > 0; }
};

namespace {

base::Instant ready_if(bool is_ready) noexcept {
  return is_ready ? base::Instant::min() : base::Instant::max();
}

}  // namespace

class FetchClient::Room final : public abi::Operation {
 public:
  explicit Room(std::weak_ptr<const Exchange> exchange) : exchange_(std::move(exchange)) {}
  [[nodiscard]] base::Instant ready_at() const noexcept override {
    const auto exchange = exchange_.lock();
    return ready_if(!exchange || exchange->has_room());
  }

 private:
  std::weak_ptr<const Exchange> exchange_;
};

/// What the guest holds.
class FetchClient::Handle final : public abi::Outgoing {
 public:
  explicit Handle(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() override { exchange_->client.leave(*exchange_); }

  [[nodiscard]] base::Instant ready_at() const noexcept override { return ready_if(exchange_->has_news()); }

  [[nodiscard]] const fetch::Head* head() const noexcept override {
    if (!exchange_->head) return nullptr;
    exchange_->head_seen = true;
    return &*exchange_->head;
  }
  [[nodiscard]] const fetch::Refusal* refusal() const noexcept override {
    return exchange_->refusal ? &*exchange_->refusal : nullptr;
  }

  [[nodiscard]] std::expected<std::string_view, NativeError> read(std::size_t most) override {
    Exchange& exchange = *exchange_;
    // What was given before is the guest's now.
    if (exchange.read == exchange.arrived.size()) {
      exchange.arrived.clear();
      exchange.read = 0;
    }
    if (exchange.held() == 0) {
      if (exchange.refusal) return std::unexpected(NativeError::kClosed);
      if (exchange.phase != Exchange::Phase::kEnded) return std::unexpected(NativeError::kAgain);
      return std::string_view();
    }
    const std::string_view bytes = std::string_view(exchange.arrived).substr(exchange.read, most);
    exchange.read += bytes.size();
    exchange.unreported += bytes.size();
    if (exchange.phase == Exchange::Phase::kRunning &&
        (exchange.unreported >= kWindow / 2 || exchange.held() == 0)) {
      send_count(exchange, FrameKind::kRead, std::exchange(exchange.unreported, 0));
    }
    return bytes;
  }

  [[nodiscard]] std::expected<std::size_t, NativeError> write(std::string_view bytes) override {
    Exchange& exchange = *exchange_;
    if (exchange.request.body != fetch::BodyForm::kStream || exchange.body_ended)
      return std::unexpected(NativeError::kState);
    if (exchange.phase == Exchange::Phase::kEnded) {
      // An answer may come before all of the body was sent: the rest is for nobody.
      if (exchange.refusal) return std::unexpected(NativeError::kClosed);
      return bytes.size();
    }
    bytes = bytes.substr(0, exchange.room);
    if (bytes.empty()) return std::unexpected(NativeError::kAgain);
    exchange.room -= bytes.size();
    if (exchange.phase == Exchange::Phase::kWaiting) {
      exchange.whole_body += bytes;
      return bytes.size();
    }
    send_body(exchange, bytes);
    return bytes.size();
  }

  void end_body() override {
    Exchange& exchange = *exchange_;
    if (exchange.request.body != fetch::BodyForm::kStream || std::exchange(exchange.body_ended, true)) return;
    if (exchange.phase == Exchange::Phase::kRunning) send(exchange, FrameKind::kBodyEnd);
  }

  [[nodiscard]] std::unique_ptr<abi::Operation> room() const override {
    return std::make_unique<Room>(exchange_);
  }

 private:
  std::shared_ptr<Exchange> exchange_;
};

FetchClient::~FetchClient() = default;

void FetchClient::connect(base::File socket) {
  link_ = std::make_shared<link::Link>(
      context_, std::move(socket),
      link::Link::Handlers{[this](link::Link& link, const link::Frame& frame) { return take(link, frame); },
                           [this](link::Link& link) { on_ended(link); }});
}

void FetchClient::disconnect() {
  link_.reset();
  fail_if([](const Exchange&) { return true; });
}

std::unique_ptr<abi::Outgoing> FetchClient::start(const abi::FetchGrant& grant, std::uint64_t invocation,
                                                  fetch::Request request, std::string_view body) {
  auto exchange = std::make_shared<Exchange>(*this, grant, invocation, std::move(request), body);
  auto handle = std::make_unique<Handle>(exchange);
  metrics_.add(metrics::Counter::kFetches);
  Asker& asker = askers_[invocation];
  ++asker.held;
  // Nobody is woken: the guest looks when this call of it has returned.
  const auto refuse = [&](Failure failure, std::string message) {
    metrics_.add(metrics::Counter::kFetchFailures);
    exchange->refusal = fetch::Refusal{failure, std::move(message)};
    exchange->phase = Exchange::Phase::kEnded;
    return std::move(handle);
  };
  if (body.size() > kLargestWholeBody) {
    return refuse(Failure::kTooLarge, fmt::format("a body of {} bytes: above {} it has to be streamed",
                                                  body.size(), kLargestWholeBody));
  }
  if (!can_ask())
    return refuse(Failure::kUnavailable, "the process that makes requests is not there, or does not keep up");
  if (asker.running == grant.at_a_time) {
    asker.waiting.push_back(exchange);
    return handle;
  }
  run(exchange, asker);
  return handle;
}

void FetchClient::run(const std::shared_ptr<Exchange>& begun, Asker& asker) {
  Exchange& exchange = *begun;
  ++asker.running;
  exchange.link = link_;
  exchange.id = ++last_id_;
  exchange.phase = Exchange::Phase::kRunning;
  running_.emplace(exchange.id, begun);
  metrics_.set(metrics::Gauge::kFetchesOpen, running_.size());
  exchange.began = clock_.now();
  std::string payload;
  encode(exchange.request, payload);
  send(exchange, FrameKind::kStart, payload);
  const std::string body = std::exchange(exchange.whole_body, {});
  if (exchange.request.body == fetch::BodyForm::kNone) return;
  if (!body.empty() && exchange.request.body == fetch::BodyForm::kWhole) {
    send(exchange, FrameKind::kBody, body);
  } else if (!body.empty()) {
    send_body(exchange, body);
  }
  if (exchange.request.body == fetch::BodyForm::kWhole || exchange.body_ended)
    send(exchange, FrameKind::kBodyEnd);
}

void FetchClient::send_body(const Exchange& exchange, std::string_view bytes) {
  for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), kLargestPiece)))
    send(exchange, FrameKind::kBody, bytes.substr(0, kLargestPiece));
}

void FetchClient::run_next(std::uint64_t invocation) {
  const auto found = askers_.find(invocation);
  if (found == askers_.end()) return;
  Asker& asker = found->second;
  while (!asker.waiting.empty()) {
    const auto exchange = asker.waiting.front().lock();
    if (exchange && asker.running == exchange->grant.at_a_time) return;
    asker.waiting.pop_front();
    if (!exchange || exchange->phase != Exchange::Phase::kWaiting) continue;
    if (!can_ask()) {
      fail(*exchange, Failure::kUnavailable,
           "the process that makes requests is not there, or does not keep up");
      continue;
    }
    run(exchange, asker);
  }
}

bool FetchClient::take(link::Link& link, const link::Frame& frame) {
  const auto found = running_.find(frame.id);
  const auto exchange = found == running_.end() ? nullptr : found->second.lock();
  if (!exchange) return true;  // it was cancelled
  if (exchange->link.get() != &link) return false;
  switch (frame.kind_as<FrameKind>()) {
    case FrameKind::kHead: {
      auto head = decode_head(frame.payload);
      if (!head || exchange->head) return false;
      exchange->head = std::move(*head);
      break;
    }
    case FrameKind::kData:
      if (!exchange->head || exchange->held() + exchange->unreported + frame.payload.size() > kWindow)
        return false;
      // What was read is in the guest's memory.
      exchange->arrived.erase(0, std::exchange(exchange->read, 0));
      exchange->arrived += frame.payload;
      break;
    case FrameKind::kEnd:
      if (!exchange->head) return false;
      end(*exchange);
      break;
    case FrameKind::kFailed: {
      auto refusal = decode_refusal(frame.payload);
      if (!refusal) return false;
      fail(*exchange, refusal->failure, std::move(refusal->message));
      return true;
    }
    case FrameKind::kTaken: {
      const auto count = decode_count(frame.payload);
      if (!count || exchange->room + *count > kWindow) return false;
      exchange->room += *count;
      break;
    }
    default:
      return false;
  }
  completions_.wake(exchange->invocation);
  return true;
}

void FetchClient::fail(Exchange& exchange, Failure failure, std::string message) {
  metrics_.add(metrics::Counter::kFetchFailures);
  exchange.refusal = fetch::Refusal{failure, std::move(message)};
  end(exchange);
  completions_.wake(exchange.invocation);
}

/// It runs no more, and another one may.
void FetchClient::end(Exchange& exchange) {
  const auto before = std::exchange(exchange.phase, Exchange::Phase::kEnded);
  if (before != Exchange::Phase::kRunning) return;
  running_.erase(exchange.id);
  exchange.link.reset();
  metrics_.set(metrics::Gauge::kFetchesOpen, running_.size());
  const base::Duration took = clock_.now() - exchange.began;
  metrics_.observe(metrics::Histogram::kFetch, took);
  if (exchange.request.span.tracer != nullptr)
    record_span(exchange.request, exchange.head, exchange.refusal, took);
  const auto asker = askers_.find(exchange.invocation);
  if (asker == askers_.end()) return;
  --asker->second.running;
  run_next(exchange.invocation);
}

/// Nobody holds it any more.
void FetchClient::leave(Exchange& exchange) noexcept {
  if (exchange.phase == Exchange::Phase::kRunning) send(exchange, FrameKind::kCancel);
  end(exchange);
  const auto asker = askers_.find(exchange.invocation);
  if (asker != askers_.end() && --asker->second.held == 0) askers_.erase(asker);
}

/// Of an exchange that runs. Its grant is the subject of its start.
void FetchClient::send(const Exchange& exchange, FrameKind kind, std::string_view payload) {
  const std::uint16_t subject = kind == FrameKind::kStart ? exchange.grant.number : 0;
  std::string frame;
  link::append_frame(frame, kind, exchange.id, subject, [&](std::string& bytes) { bytes += payload; });
  exchange.link->send(frame);
}

void FetchClient::send_count(const Exchange& exchange, FrameKind kind, std::size_t count) {
  std::string payload;
  encode_count(static_cast<std::uint32_t>(count), payload);
  send(exchange, kind, payload);
}

void FetchClient::on_ended(link::Link& link) {
  const link::Link* its = &link;  // which may go
  const bool was_asked = link_.get() == its;
  if (was_asked) link_.reset();
  fail_if([its](const Exchange& exchange) { return exchange.link.get() == its; });
  if (was_asked && on_lost_) on_lost_();
}

template <class IsLost>
void FetchClient::fail_if(IsLost is_lost) {
  std::vector<std::shared_ptr<Exchange>> lost;
  for (const auto& [_, running] : running_) {
    if (auto exchange = running.lock(); exchange && is_lost(*exchange)) lost.push_back(std::move(exchange));
  }
  for (const auto& exchange : lost)
    fail(*exchange, Failure::kUnavailable, "the process that makes requests broke off");
}

}  // namespace wws::egress
