#include "telemetry/sender.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

namespace wws::telemetry {
namespace {

namespace json = boost::json;

/// What may pass, by the specification of OTLP over HTTP; 0: no answer.
bool may_pass(int status) noexcept {
  return status == 0 || status == 429 || status == 502 || status == 503 || status == 504;
}

/// Spans that a collector did not take of a batch that it took.
std::uint64_t rejected_spans(const std::string& body) {
  boost::system::error_code error;
  const json::value value = json::parse(body, error);
  if (error || !value.is_object()) return 0;
  const auto* partial = value.as_object().if_contains("partialSuccess");
  if (partial == nullptr || !partial->is_object()) return 0;
  const auto* count = partial->as_object().if_contains("rejectedSpans");
  if (count == nullptr) return 0;
  if (count->is_int64()) return static_cast<std::uint64_t>(std::max<std::int64_t>(count->as_int64(), 0));
  // A 64-bit number is a text in this JSON.
  std::uint64_t number = 0;
  if (count->is_string()) {
    for (const char c : count->as_string()) {
      if (c < '0' || c > '9' || number > (std::uint64_t{1} << 40)) return 0;
      number = number * 10 + static_cast<std::uint64_t>(c - '0');
    }
  }
  return number;
}

base::Duration wait_after(unsigned failures) {
  return std::min<base::Duration>(Sender::kFirstWait * (1U << std::min(failures - 1, 10U)),
                                  Sender::kLongestWait);
}

}  // namespace

void Sender::add(Batch batch) {
  bytes_ += batch.body.size();
  batches_.push_back(std::move(batch));
}

void Sender::replace(Batch batch) {
  while (batches_.size() > (is_sending_ ? 1U : 0U)) {
    bytes_ -= batches_.back().body.size();
    batches_.pop_back();
  }
  add(std::move(batch));
}

base::Instant Sender::poll() {
  const base::Instant now = parts_.clock.now();
  if (is_sending_ || batches_.empty()) return base::Instant::max();
  if (now < send_at_) return send_at_;
  if (failures_ == 0) first_try_ = now;
  is_sending_ = true;
  parts_.poster.post(signal_, batches_.front().body, [this](const Reply& reply) { on_reply(reply); });
  return is_sending_ || batches_.empty() ? base::Instant::max() : std::max(send_at_, now);
}

std::string Sender::describe(const Reply& reply) const {
  if (reply.status == 0) return reply.reason;
  return fmt::format("it answers {} with {}", signal_ == Signal::kTraces ? "traces" : "metrics",
                     reply.status);
}

void Sender::on_reply(const Reply& reply) {
  is_sending_ = false;
  if (reply.status / 100 != 2) return on_refused(reply);
  parts_.health.took();
  if (signal_ == Signal::kTraces) {
    const std::uint64_t spans = batches_.front().spans;
    const std::uint64_t rejected = std::min(rejected_spans(reply.body), spans);
    parts_.metrics.add(metrics::Counter::kSpansSent, spans - rejected);
    parts_.metrics.add(metrics::Counter::kSpansDropped, rejected);
  }
  batches_.front().spans = 0;
  drop();
}

void Sender::on_refused(const Reply& reply) {
  parts_.metrics.add(signal_ == Signal::kTraces ? metrics::Counter::kTracesFailed
                                                : metrics::Counter::kMetricsFailed);
  parts_.health.failed(describe(reply));
  const base::Instant now = parts_.clock.now();
  if (!may_pass(reply.status) || now - first_try_ >= kLongestTry) return drop();
  ++failures_;
  // Who names a time is believed, but not to the end of time.
  send_at_ = now + std::min<base::Duration>(reply.retry_after.value_or(wait_after(failures_)), kLongestTry);
  if (signal_ == Signal::kMetrics && batches_.size() > 1) drop();  // there are newer ones
}

/// The first batch is done with.
void Sender::drop() {
  parts_.metrics.add(metrics::Counter::kSpansDropped, batches_.front().spans);
  bytes_ -= batches_.front().body.size();
  batches_.pop_front();
  failures_ = 0;
}

void Sender::give_up() {
  while (batches_.size() > (is_sending_ ? 1U : 0U)) {
    parts_.metrics.add(metrics::Counter::kSpansDropped, batches_.back().spans);
    bytes_ -= batches_.back().body.size();
    batches_.pop_back();
  }
}

}  // namespace wws::telemetry
