// Spans of the requests of a serving process.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "metrics/block.h"
#include "trace/ring.h"
#include "trace/span_record.h"
#include "trace/trace_context.h"

namespace wws::trace {

class Tracer;

/// What a request carries along. Not begun: nobody takes spans.
struct RequestTrace {
  Tracer* tracer = nullptr;  ///< null: it has no spans
  Context context{};         ///< of the request's own span, for those below it; kNoSpan: the caller's is good
  SpanId parent = kNoSpan;   ///< kNoSpan: the trace begins with it
  SpanId guest = kNoSpan;    ///< the span of its worker's run
  base::Duration guest_cpu_time{0};

  [[nodiscard]] bool has_spans() const noexcept { return tracer != nullptr; }
};

/// What a request that a worker sends carries along; it outlives its worker's run.
struct ClientSpan {
  Tracer* tracer = nullptr;
  Context context{};
  SpanId parent = kNoSpan;
};

/// Decides which requests have spans, and has these written. The one thread of a serving process; its parts
/// outlive it, and it outlives all who have spans.
class Tracer {
 public:
  /// `ratio`: of the requests that no caller has decided about, from 0 to 1.
  Tracer(Ring& ring, double ratio, const base::Clock& clock, base::Random& random, metrics::Recorder metrics);

  /// A request begins, whose `traceparent` is this; empty: it has none. Who calls says whether it is sampled;
  /// else the id of the trace does, as in all programs that decide by OpenTelemetry's TraceIdRatioBased.
  [[nodiscard]] RequestTrace begin(std::string_view traceparent) noexcept;
  /// The worker of a request with spans sends one.
  [[nodiscard]] ClientSpan begin_fetch(const RequestTrace& trace) noexcept;

  /// A span that is over now. `fill` gets its record, or is not called where there is no room.
  template <class Fill>
  void record(SpanKind kind, const TraceId& trace, const SpanId& span, const SpanId& parent,
              base::Duration lasted, const Fill& fill) noexcept {
    SpanRecord* const record = ring_.room();
    if (record == nullptr) return metrics_.add(metrics::Counter::kSpansDropped);
    record->begin_as(kind, trace, span, parent);
    record->set_times(clock_.wall(), lasted);
    fill(*record);
    ring_.publish();
  }

 private:
  [[nodiscard]] bool is_chosen(const TraceId& trace) const noexcept;

  Ring& ring_;
  std::uint64_t bound_;  ///< of 63 bits of the id; below it a trace is chosen
  const base::Clock& clock_;
  base::Random& random_;
  metrics::Recorder metrics_;
};

}  // namespace wws::trace
