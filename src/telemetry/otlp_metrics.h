// Numbers as a collector takes them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "metrics/writer.h"

namespace wws::telemetry {

/// Makes a list of metrics, each with its data points: sums and histograms since `began`, cumulative, and
/// gauges. They are named as in docs/metrics.md, without `_total`; but the time of requests is
/// `http.server.request.duration` with `http.route`, as OpenTelemetry has it.
class OtlpWriter final : public metrics::Writer {
 public:
  OtlpWriter(base::WallTime began, base::WallTime now);

  using Writer::sample;
  void begin(metrics::Metric metric) override;
  void sample(std::span<const Label> labels, std::uint64_t value) override;
  void seconds(std::span<const Label> labels, std::uint64_t nanoseconds) override;
  void distribution(std::span<const Label> labels, const metrics::Distribution& times) override;

  /// The metrics, with commas between them.
  [[nodiscard]] std::string take() &&;

 private:
  void begin_point(std::span<const Label> labels);
  void end_metric();

  std::uint64_t began_;
  std::uint64_t now_;
  metrics::Metric metric_ = metrics::Metric::kCount;  ///< kCount: none has begun
  bool is_first_point_ = true;
  std::string json_;
};

/// The body of a request to `/v1/metrics`.
[[nodiscard]] std::string metrics_request(std::string_view resource, std::string_view scope,
                                          std::string_view metrics);

}  // namespace wws::telemetry
