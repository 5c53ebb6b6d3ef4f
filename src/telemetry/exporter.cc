#include "telemetry/exporter.h"

#include <algorithm>
#include <utility>

#include "metrics/text.h"
#include "metrics/totals.h"
#include "telemetry/otlp_json.h"
#include "telemetry/otlp_metrics.h"
#include "telemetry/otlp_traces.h"

namespace wws::telemetry {
namespace {

/// How long spans may wait in rings that fill slowly, and in those that fill fast.
constexpr base::Duration kRestfulLook = std::chrono::milliseconds(250);
constexpr base::Duration kBusyLook = std::chrono::milliseconds(5);
/// So many at a time; the loop has other things to do.
constexpr std::uint64_t kMostOfOneLook = 1024;

}  // namespace

Exporter::Exporter(Settings settings, std::string collector, Parts parts)
    : settings_(std::move(settings)),
      parts_(std::move(parts)),
      health_(std::move(collector)),
      traces_({parts_.poster, parts_.clock, health_, metrics_}, Signal::kTraces),
      numbers_({parts_.poster, parts_.clock, health_, metrics_}, Signal::kMetrics),
      resource_(resource_json(settings_.resource)),
      scope_(scope_json(settings_.version)),
      metrics_at_(settings_.has_metrics() ? parts_.clock.now() + settings_.metrics_interval
                                          : base::Instant::max()) {}

base::Instant Exporter::poll() {
  const base::Instant now = parts_.clock.now();
  if (now >= look_at_) take_spans(now);
  if (span_count_ > 0 && now >= batch_ends_) end_batch();
  if (now >= metrics_at_) {
    metrics_at_ = now + settings_.metrics_interval;
    ask_for_metrics();
  }
  const base::Instant batch = span_count_ > 0 ? batch_ends_ : base::Instant::max();
  const base::Instant sent = std::min(traces_.poll(), numbers_.poll());
  return std::min({look_at_, batch, metrics_at_, sent, stops_at_});
}

/// From each ring in turn, so that none waits for a busy one.
void Exporter::take_spans(base::Instant now) {
  std::uint64_t taken = 0;
  bool is_busy = false;
  trace::SpanRecord record;
  for (trace::Ring& ring : rings_) {
    is_busy = is_busy || ring.size() > trace::Ring::kRecords / 4;
    for (std::uint64_t i = 0; i < kMostOfOneLook && traces_.has_room() && ring.take(record); ++i) {
      if (span_count_ == 0) batch_ends_ = now + kBatchTime;
      append_span(spans_, record);
      ++taken;
      if (++span_count_ == kSpansOfBatch) end_batch();
    }
  }
  // Without room there is nothing to hurry for.
  look_at_ = now + (is_busy && taken > 0 ? kBusyLook : kRestfulLook);
}

void Exporter::end_batch() {
  traces_.add({traces_request(resource_, scope_, spans_), span_count_});
  spans_.clear();
  span_count_ = 0;
}

void Exporter::ask_for_metrics() {
  if (is_asking_) return;
  is_asking_ = parts_.ask([this](const std::string& metrics) {
    is_asking_ = false;
    send_metrics(metrics);
  });
  if (!is_asking_) send_metrics({});
}

void Exporter::send_metrics(std::string_view of_supervisor) {
  metrics::Totals totals;
  for (const metrics::Block& block : blocks_) block.add_to(totals);
  OtlpWriter writer(settings_.began, parts_.clock.wall());
  metrics::write_totals(writer, totals, routes_);
  std::string all = std::move(writer).take();
  if (!of_supervisor.empty()) all.append(",").append(of_supervisor);
  numbers_.replace({metrics_request(resource_, scope_, all)});
}

void Exporter::stop() {
  if (stops_at_ != base::Instant::max()) return;
  const base::Instant now = parts_.clock.now();
  stops_at_ = now + kStopTime;
  take_spans(now);
  if (span_count_ > 0) end_batch();
  look_at_ = base::Instant::max();
  if (settings_.has_metrics()) send_metrics({});
  metrics_at_ = base::Instant::max();
  traces_.hurry();
  numbers_.hurry();
}

bool Exporter::is_done() const noexcept {
  if (stops_at_ == base::Instant::max()) return false;
  return (traces_.is_idle() && numbers_.is_idle()) || parts_.clock.now() >= stops_at_;
}

}  // namespace wws::telemetry
