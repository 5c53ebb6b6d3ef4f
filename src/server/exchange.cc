#include "server/exchange.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

#include "base/log.h"
#include "base/quantity.h"
#include "base/release.h"
#include "http/cdn_loop.h"
#include "server/server_timing.h"

namespace wws::server {
namespace {

/// Buffers larger than this are not kept from one request to the next.
constexpr std::size_t kKeptBody = std::size_t{4} << 10;
/// Answers up to this size are not refused for the budget's sake.
constexpr std::size_t kSmallAnswer = std::size_t{64} << 10;
/// A client that has taken nothing for so long is who its worker waits for.
constexpr base::Duration kSlowClient = std::chrono::seconds(1);
/// What a body has to keep up while memory for bodies is short.
constexpr std::uint64_t kHurriedBytesPerSecond = std::uint64_t{64} << 10;
constexpr base::Duration kHurriedSlack = std::chrono::seconds(5);

/// Requests of workers bear CDN-Loop.
bool goes_in_circles(const http::Request& request) noexcept {
  unsigned passes = 0;
  for (const http::FieldView& field : request.fields) {
    if (http::equals_ignoring_case(field.name, "cdn-loop"))
      passes += http::count_passes(field.value, http::kCdnId);
  }
  return passes >= http::kMostPasses;
}

}  // namespace

Exchange::Exchange(const ExchangeServices& services, AnswerSink& sink)
    : services_(services),
      sink_(sink),
      body_pace_(services.limits.body_bytes_per_second, services.limits.body_time),
      hurried_pace_(kHurriedBytesPerSecond, kHurriedSlack),
      body_share_(services.bodies),
      answer_share_(services.answers) {}

Exchange::~Exchange() {
  if (guest_) services_.dispatcher.cancel(*guest_);
  leave_events();
}

void Exchange::reset() {
  phase_ = Phase::kHead;
  request_.body.clear();
  request_.body_follows = false;
  request_.id.clear();
  is_broken_off_ = is_named_ = is_stream_ = is_starved_ = has_begun_ = is_complete_ = is_sending_ =
      client_ended_ = body_open_ = is_own_ = false;
  rest_.reset();
  script_.clear();
  trace_ = {};
  leave_deadline_ = base::Instant::max();
}

// --- the request ---

void Exchange::forget_request() {
  std::string peer = std::move(request_.peer);
  request_ = {};
  request_.peer = std::move(peer);
}

void Exchange::begin(std::optional<std::uint64_t> body_length) {
  phase_ = Phase::kBody;
  began_ = services_.clock.now();
  is_named_ = services_.request_ids.name(request_);
  if (services_.tracer != nullptr) begin_trace();
  if (goes_in_circles(request_)) return refuse(508, "this request goes round in circles");
  destination_ = services_.dispatcher.route(request_);
  if (trace_.has_spans()) destination_.trace = &trace_;
  body_open_ = body_length != 0;
  if (!body_open_) return dispatch();
  is_stream_ = services_.dispatcher.takes_stream(destination_);
  if (!is_stream_ && body_length.value_or(0) > services_.limits.body_bytes) {
    return refuse(413, "the request's body is too large");
  }
  body_pace_.start(began_);
  hurried_pace_.start(began_);
}

bool Exchange::wants_body() const {
  if (!body_open_) return false;
  if (phase_ == Phase::kBody) return true;
  if (!guest_) return false;
  const abi::NativeExchange* native = services_.dispatcher.exchange(*guest_);
  return native != nullptr && native->wants_body();
}

std::uint64_t Exchange::body_room() const noexcept {
  if (is_stream_) return std::numeric_limits<std::uint64_t>::max();
  return services_.limits.body_bytes - std::min(services_.limits.body_bytes, request_.body.size());
}

void Exchange::take_body(std::string_view bytes, Part part) {
  const base::Instant now = services_.clock.now();
  services_.metrics.add(metrics::Counter::kRequestBytes, bytes.size());
  body_pace_.advance(bytes.size(), now);
  hurried_pace_.advance(bytes.size(), now);
  if (phase_ == Phase::kAnswer) return give_body(bytes, part);
  if (phase_ != Phase::kBody) return;
  if (!body_share_.resize(request_.body.size() + bytes.size())) {
    return refuse(503, "too many requests with bodies; try again");
  }
  request_.body += bytes;
  body_open_ = part == Part::kMore;
  // A guest takes an instance: it gets one when its body has begun to come, and not for a head alone.
  if (!body_open_ || (is_stream_ && !request_.body.empty())) dispatch();
}

void Exchange::give_body(std::string_view bytes, Part part) {
  if (!guest_) return;
  abi::NativeExchange* native = services_.dispatcher.exchange(*guest_);
  if (native == nullptr) return;
  if (!bytes.empty()) native->give_body(bytes);
  body_open_ = part == Part::kMore;
  if (!body_open_) native->end_body();
  is_starved_ = false;
  services_.dispatcher.resume(*guest_);
}

void Exchange::refuse(int status, std::string_view reason) {
  if (phase_ == Phase::kOver) return;
  count_refusal(status);
  if (phase_ == Phase::kHead) began_ = services_.clock.now();
  if (guest_) services_.dispatcher.cancel(*std::exchange(guest_, std::nullopt));
  if (is_complete_) {
    if (!is_sending_) end();
    return;
  }
  if (has_begun_) return break_off();
  answer(http::text_response(status, reason));
}

void Exchange::on_client_end() {
  if (is_events_) return break_off();
  client_ended_ = true;
  if (guest_ && !is_sending_) leave_deadline_ = services_.clock.now() + services_.limits.leave_time;
}

void Exchange::on_client_gone() {
  if (phase_ == Phase::kOver || phase_ == Phase::kHead) return;
  phase_ = Phase::kOver;
  services_.metrics.add(metrics::Counter::kAborted);
  log_request(is_broken_off_ ? status_ : kClientClosedRequest);
  leave_events();
  if (guest_) services_.dispatcher.abandon(*std::exchange(guest_, std::nullopt), shared_from_this());
  body_share_.clear();
  answer_share_.clear();
}

void Exchange::check_deadline(base::Instant now) {
  if (now >= leave_deadline_) return leave();
  if (!body_open_ || phase_ == Phase::kOver) return;
  // A guest that wants no more at present is who lets its client wait.
  if (!wants_body()) {
    body_pace_.start(now);
    return hurried_pace_.start(now);
  }
  const bool is_late =
      body_pace_.is_late(now) || (services_.bodies.is_half_spent() && hurried_pace_.is_late(now));
  if (!is_late) return;
  if (guest_) {
    log::info("request {}: its client sends too slowly, and so its guest is ended", request_.id);
  }
  refuse(408, kLateRequest);
}

// --- the answer ---

void Exchange::dispatch() {
  phase_ = Phase::kAnswer;
  request_.body_follows = body_open_;
  is_own_ = Dispatcher::is_of_server(request_, destination_);
  if (is_own_ && Dispatcher::asks_for_events(request_, destination_)) return begin_events();
  auto outcome = services_.dispatcher.handle(request_, destination_, *this);
  if (auto* response = std::get_if<http::Response>(&outcome)) return answer(std::move(*response));
  guest_ = std::get<Scheduler::Id>(outcome);
  if (client_ended_) on_client_end();
  progress();
}

bool Exchange::answer_has_body() const noexcept {
  return request_.method != "HEAD" && !http::is_bodyless(status_);
}

/// A large answer that would be one too many of those that clients do not take is not kept.
http::Response Exchange::within_budget(http::Response response) {
  const auto* text = std::get_if<std::string>(&response.body);
  if (text == nullptr || request_.method == "HEAD") return response;
  if (text->size() <= kSmallAnswer) {
    answer_share_.set(text->size());
    return response;
  }
  if (answer_share_.resize(text->size())) return response;
  log::warn("an answer of {} is dropped: clients have not taken those that were made before",
            base::format_size(text->size()));
  return http::text_response(503, "too many answers wait for their clients; try again");
}

void Exchange::answer(http::Response response) {
  phase_ = Phase::kAnswer;
  if (const Live* live = live_for_page()) add_script(response, *live, destination_.site->prefix);
  response = within_budget(std::move(response));
  has_begun_ = is_complete_ = is_sending_ = true;
  status_ = response.status;
  add_request_id(response);
  add_timing(response);
  auto* text = std::get_if<std::string>(&response.body);
  const std::uint64_t size = text != nullptr ? text->size() : std::get<http::FileRange>(response.body).length;
  sink_.send_head(response, size);
  if (answer_has_body()) {
    if (text == nullptr) {
      sink_.send_file(std::get<http::FileRange>(std::move(response.body)));
    } else if (!text->empty()) {
      sink_.send_data(std::move(*text));
    }
  }
  sink_.end();
}

void Exchange::progress() {
  if (phase_ != Phase::kAnswer) return;
  const auto self = shared_from_this();
  if (guest_ && body_open_) {
    const abi::NativeExchange* native = services_.dispatcher.exchange(*guest_);
    is_starved_ = native != nullptr && native->is_starved();
    if (native != nullptr && native->wants_body()) sink_.resume_reading();
  }
  send_part();
}

void Exchange::send_part() {
  if (is_events_) return send_events();
  if (is_sending_ || is_complete_ || !guest_) return;
  abi::NativeExchange* native = services_.dispatcher.exchange(*guest_);
  if (native == nullptr) return;
  if (native->is_finished()) {
    if (!has_begun_) return answer(native->take_rest());
    return send_rest(std::get<std::string>(native->take_rest().body));
  }
  if (!native->has_output()) return;
  if (!has_begun_) begin_stream(native->take_head());
  std::string part;
  native->take_output(part);
  services_.dispatcher.resume(*guest_);
  is_sending_ = true;
  sending_since_ = services_.clock.now();
  leave_deadline_ = base::Instant::max();
  answer_share_.set(part.size());
  if (answer_has_body()) sink_.send_data(std::move(part));
  sink_.flush();
}

/// Who named a request finds the name in the answer; of one that failed all do, to tell it to us.
void Exchange::add_request_id(http::Response& response) const {
  if (request_.id.empty() || !(is_named_ || status_ >= 500)) return;
  if (!http::find(response.fields, kRequestIdField))
    response.fields.push_back({std::string(kRequestIdField), request_.id});
}

/// In development; beside what the worker says of itself.
void Exchange::add_timing(http::Response& response) const {
  if (!destination_.timing) return;
  response.fields.push_back(
      {std::string(kServerTimingField), server_timing(*destination_.timing, services_.clock.now() - began_)});
}

void Exchange::begin_stream(http::Response head) {
  if (const Live* live = live_for_page(); live != nullptr && takes_script(head)) {
    script_ = script_element(*live, destination_.site->prefix);
    forget_validators(head);
  }
  has_begun_ = true;
  status_ = head.status;
  add_request_id(head);
  add_timing(head);
  sink_.send_head(head, std::nullopt);
}

/// In development, if a browser asks for a page.
const Live* Exchange::live_for_page() const {
  if (!destination_.site || !destination_.site->live || !wants_page(request_)) return nullptr;
  return &*destination_.site->live;
}

void Exchange::begin_events() {
  if (!services_.dispatcher.events().join(*this)) return answer(http::text_response(503, "the server stops"));
  is_events_ = true;
  told_event_ = 0;
  destination_ = {};  // another site may take its place meanwhile
  begin_stream(events_head());
  send_events();
}

void Exchange::send_events() {
  const EventStreams& events = services_.dispatcher.events();
  if (is_sending_ || events.number() == told_event_) return;
  told_event_ = events.number();
  is_sending_ = true;
  sending_since_ = services_.clock.now();
  answer_share_.set(events.text().size());
  sink_.send_data(events.text());
  sink_.flush();
}

void Exchange::leave_events() noexcept {
  if (std::exchange(is_events_, false)) services_.dispatcher.events().leave(*this);
}

void Exchange::send_rest(std::string rest) {
  is_complete_ = is_sending_ = true;
  rest += script_;
  if (!rest.empty() && answer_has_body()) {
    answer_share_.set(rest.size());
    sink_.send_data(std::move(rest));
  }
  sink_.end();
}

void Exchange::on_sent() {
  if (phase_ != Phase::kAnswer) return;
  is_sending_ = false;
  answer_share_.clear();
  if (rest_) return send_rest(*std::exchange(rest_, std::nullopt));
  if (is_complete_ && !guest_) return end();
  if (client_ended_) on_client_end();
  // A guest may go on though its answer is complete, and look at the request until it ends.
  progress();
}

void Exchange::respond(http::Response response) {
  const auto self = shared_from_this();
  guest_.reset();
  leave_events();
  if (is_complete_) {
    if (!is_sending_) end();
    return;
  }
  if (!has_begun_) return answer(std::move(response));
  std::string rest = std::get<std::string>(std::move(response.body));
  if (is_sending_) {
    rest_ = std::move(rest);
  } else {
    send_rest(std::move(rest));
  }
}

void Exchange::fail(http::Response response) {
  const auto self = shared_from_this();
  guest_.reset();
  if (has_begun_ && !is_complete_) return break_off();
  respond(std::move(response));
}

bool Exchange::is_waiting_for_client() const {
  if (body_open_ && is_starved_) return true;
  return is_sending_ && services_.clock.now() - sending_since_ > kSlowClient;
}

/// The client closed its sending side, and the guest's time to end after that is over.
void Exchange::leave() {
  const auto self = shared_from_this();
  leave_deadline_ = base::Instant::max();
  if (guest_) services_.dispatcher.abandon(*std::exchange(guest_, std::nullopt), self);
  if (is_complete_ && !is_sending_) return end();
  sink_.abort();
}

void Exchange::break_off() {
  is_broken_off_ = true;
  const auto self = shared_from_this();
  if (guest_) services_.dispatcher.cancel(*std::exchange(guest_, std::nullopt));
  leave_events();
  sink_.abort();
}

void Exchange::end() {
  phase_ = Phase::kOver;
  log_request(status_);
  body_share_.clear();
  answer_share_.clear();
  destination_ = {};
  if (request_.body.capacity() > kKeptBody) base::release(request_.body);
  request_.text.shrink(kKeptBody);
  sink_.on_over();
}

bool Exchange::may_use_store() const {
  return destination_.match && destination_.site->workers[destination_.match->route].kv_space.has_value();
}

void Exchange::count_refusal(int status) const noexcept {
  using metrics::Counter;
  switch (status) {
    case 408:
      return services_.metrics.add(Counter::kLimitSlow);
    case 413:
      return services_.metrics.add(Counter::kLimitBody);
    case 414:
    case 431:
      return services_.metrics.add(Counter::kLimitHead);
    case 503:
      return services_.metrics.add(Counter::kLimitBodies);
    default:
      return;
  }
}

/// From here on the request says that it belongs to our span: to its worker, to those that this one asks, and
/// to the log.
void Exchange::begin_trace() {
  const auto field = std::ranges::find_if(request_.fields, [](const http::FieldView& one) {
    return http::equals_ignoring_case(one.name, trace::kTraceparentField);
  });
  const bool has_field = field != request_.fields.end();
  trace_ = services_.tracer->begin(has_field ? field->value : std::string_view());
  if (trace_.context.span == trace::kNoSpan) return;
  // What others noted about another trace is not for one that begins here.
  const bool begins = trace_.parent == trace::kNoSpan;
  trace::write_traceparent(trace_.context, traceparent_);
  const std::string_view text(traceparent_.data(), traceparent_.size());
  if (has_field) {
    field->value = text;
  } else {
    request_.fields.push_back({trace::kTraceparentField, text});
  }
  if (begins) {
    std::erase_if(request_.fields, [](const http::FieldView& one) {
      return http::equals_ignoring_case(one.name, "tracestate");
    });
  }
}

void Exchange::record_span(int status, base::Duration took) noexcept {
  using trace::Text;
  trace_.tracer->record(
      trace::SpanKind::kRequest, trace_.context.trace, trace_.context.span, trace_.parent, took,
      [&](trace::SpanRecord& span) {
        span.status = static_cast<std::uint16_t>(status);
        span.cpu_time = static_cast<std::uint64_t>(trace_.guest_cpu_time.count());
        span.put(Text::kMethod, request_.method, 32);
        if (destination_.match && destination_.slot != metrics::kFilesSlot) {
          const runtime::Worker& worker = destination_.site->workers[destination_.match->route];
          span.put(Text::kRoute, worker.pattern, 128);
          span.put(Text::kWorker, worker.file, 128);
        }
        span.put(Text::kRequestId, request_.id, 64);
        span.put(Text::kClient, request_.peer, 64);
        span.put(Text::kScheme, request_.scheme, 8);
        span.put(Text::kVersion, request_.version == http::Version::kHttp10 ? "1.0" : "1.1");
        span.put(Text::kHost, request_.host, 128);
        if (status >= 500) span.set_error(std::to_string(status));
        const std::string_view path = request_.path.empty()
                                          ? request_.target.substr(0, request_.target.find('?'))
                                          : std::string_view(request_.path);
        span.put(Text::kPath, path);
        if (const auto agent = http::find(request_.fields, "user-agent")) span.put(Text::kAgent, *agent);
      });
}

void Exchange::log_request(int status) {
  // What pages ask of the server itself would be most of a log that somebody reads while working.
  if (is_own_) return;
  std::string_view route;
  if (destination_.match) route = destination_.site->workers[destination_.match->route].pattern;
  const base::Duration took = services_.clock.now() - began_;
  services_.metrics.request(destination_.slot, status, took);
  services_.metrics.add(metrics::Counter::kResponseBytes, sink_.body_bytes_sent());
  if (trace_.has_spans()) record_span(status, took);
  services_.access_log.write(
      {request_.peer, request_, status, sink_.body_bytes_sent(), took, services_.clock.wall(), route});
}

}  // namespace wws::server
