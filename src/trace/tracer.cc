#include "trace/tracer.h"

namespace wws::trace {
namespace {

constexpr std::uint64_t kAll = std::uint64_t{1} << 63;

std::uint64_t bound_of(double ratio) noexcept {
  if (!(ratio > 0)) return 0;
  return ratio >= 1 ? kAll : static_cast<std::uint64_t>(ratio * static_cast<double>(kAll));
}

}  // namespace

Tracer::Tracer(Ring& ring, double ratio, const base::Clock& clock, base::Random& random,
               metrics::Recorder metrics)
    : ring_(ring), bound_(bound_of(ratio)), clock_(clock), random_(random), metrics_(metrics) {}

bool Tracer::is_chosen(const TraceId& trace) const noexcept {
  std::uint64_t number = 0;
  for (std::size_t i = trace.size() / 2; i < trace.size(); ++i) number = number << 8 | trace[i];
  return number >> 1 < bound_;
}

RequestTrace Tracer::begin(std::string_view traceparent) noexcept {
  RequestTrace trace;
  const auto caller = parse_traceparent(traceparent);
  if (caller) {
    trace.context.trace = caller->trace;
    trace.context.is_sampled = caller->is_sampled;
    trace.parent = caller->span;
    if (!caller->is_sampled) return trace;  // there is no span of ours to name
  } else {
    if (!random_.fill(trace.context.trace)) return {};
    trace.context.is_sampled = is_chosen(trace.context.trace);
  }
  if (!random_.fill(trace.context.span)) return {};
  if (!trace.context.is_sampled) return trace;
  if (!random_.fill(trace.guest)) return {};
  trace.tracer = this;
  return trace;
}

ClientSpan Tracer::begin_fetch(const RequestTrace& trace) noexcept {
  ClientSpan span{this, trace.context, trace.guest};
  if (!random_.fill(span.context.span)) return {};
  return span;
}

}  // namespace wws::trace
