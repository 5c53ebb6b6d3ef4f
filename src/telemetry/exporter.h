// What a telemetry child does: takes what serving processes noted, and has it sent.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "metrics/block.h"
#include "telemetry/collector_health.h"
#include "telemetry/poster.h"
#include "telemetry/sender.h"
#include "telemetry/settings.h"
#include "trace/ring.h"

namespace wws::telemetry {

/// Reads the rings of all processes into batches, sums their blocks at times, and sends both. Memory is
/// bounded: when as many batches wait as are kept, rings are not read. One thread; the parts outlive it.
class Exporter {
 public:
  static constexpr std::uint64_t kSpansOfBatch = 512;
  static constexpr base::Duration kBatchTime = std::chrono::seconds(1);
  /// For the last batches, after stop().
  static constexpr base::Duration kStopTime = std::chrono::seconds(1);

  /// Gets the metrics that the supervisor writes, as OtlpWriter makes them; empty: there are none.
  using MetricsTaker = std::function<void(std::string metrics)>;
  struct Parts {
    Poster& poster;
    const base::Clock& clock;
    /// Asks the supervisor. The taker is called once, or never if this says false.
    std::function<bool(MetricsTaker)> ask;
  };
  Exporter(Settings settings, std::string collector, Parts parts);

  /// Where a process writes.
  void add(trace::Ring ring) { rings_.push_back(std::move(ring)); }
  void add(metrics::Block block) { blocks_.push_back(std::move(block)); }
  /// Patterns of routes by their slots, from metrics::kFirstSlot on.
  void set_routes(std::vector<std::string> routes) { routes_ = std::move(routes); }
  /// Where it counts itself.
  void set_recorder(metrics::Recorder recorder) noexcept { metrics_ = recorder; }

  /// Does what is due; says when the next thing is, at the latest.
  base::Instant poll();
  /// Sends what is there, and no more.
  void stop();
  /// After stop(): all is sent, or the time for that is over.
  [[nodiscard]] bool is_done() const noexcept;

 private:
  void take_spans(base::Instant now);
  void end_batch();
  void ask_for_metrics();
  void send_metrics(std::string_view of_supervisor);

  Settings settings_;
  Parts parts_;
  CollectorHealth health_;
  metrics::Recorder metrics_;
  Sender traces_;
  Sender numbers_;
  std::string resource_;
  std::string scope_;
  std::vector<trace::Ring> rings_;
  std::vector<metrics::Block> blocks_;
  std::vector<std::string> routes_;
  std::string spans_;  ///< of the batch that is being made
  std::uint64_t span_count_ = 0;
  base::Instant batch_ends_{};
  base::Instant look_at_{};  ///< at the rings
  base::Instant metrics_at_{};
  bool is_asking_ = false;
  base::Instant stops_at_ = base::Instant::max();
};

}  // namespace wws::telemetry
