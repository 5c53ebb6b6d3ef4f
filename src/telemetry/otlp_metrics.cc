#include "telemetry/otlp_metrics.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "telemetry/otlp_json.h"

namespace wws::telemetry {
namespace {

using metrics::Metric;
using metrics::Type;

/// OTLP's AGGREGATION_TEMPORALITY_CUMULATIVE.
constexpr int kCumulative = 2;

std::string_view otlp_name(Metric metric) {
  return metric == Metric::kRequestDuration ? "http.server.request.duration" : metrics::family(metric).name;
}

/// UCUM.
std::string_view otlp_unit(Metric metric) {
  const std::string_view unit = metrics::family(metric).unit;
  return unit == "seconds" ? "s" : unit == "bytes" ? "By" : "1";
}

double otlp_seconds(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e9; }

}  // namespace

OtlpWriter::OtlpWriter(base::WallTime began, base::WallTime now)
    : began_(unix_nanoseconds(began)), now_(unix_nanoseconds(now)) {}

void OtlpWriter::begin(Metric metric) {
  end_metric();
  metric_ = metric;
  is_first_point_ = true;
  const metrics::Family& family = metrics::family(metric);
  if (!json_.empty()) json_ += ',';
  json_ += "{\"name\":";
  append_text(json_, otlp_name(metric));
  json_ += ",\"description\":";
  append_text(json_, family.help);
  fmt::format_to(std::back_inserter(json_), ",\"unit\":\"{}\",", otlp_unit(metric));
  switch (family.type) {
    case Type::kCounter:
      fmt::format_to(std::back_inserter(json_),
                     "\"sum\":{{\"aggregationTemporality\":{},\"isMonotonic\":true,", kCumulative);
      break;
    case Type::kHistogram:
      fmt::format_to(std::back_inserter(json_), "\"histogram\":{{\"aggregationTemporality\":{},",
                     kCumulative);
      break;
    case Type::kGauge:
      json_ += "\"gauge\":{";
      break;
  }
  json_ += "\"dataPoints\":[";
}

void OtlpWriter::end_metric() {
  if (metric_ != Metric::kCount) json_ += "]}}";
  metric_ = Metric::kCount;
}

void OtlpWriter::begin_point(std::span<const Label> labels) {
  if (!std::exchange(is_first_point_, false)) json_ += ',';
  json_ += '{';
  {
    AttributeWriter writer(json_);
    for (const auto& [name, value] : labels)
      writer.add(metric_ == Metric::kRequestDuration && name == "route" ? "http.route" : name, value);
  }
  json_ += ',';
  if (metrics::family(metric_).type != Type::kGauge) {
    append_number(json_, "startTimeUnixNano", began_);
    json_ += ',';
  }
  append_number(json_, "timeUnixNano", now_);
}

void OtlpWriter::sample(std::span<const Label> labels, std::uint64_t value) {
  begin_point(labels);
  json_ += ',';
  append_number(json_, "asInt", value);
  json_ += '}';
}

void OtlpWriter::seconds(std::span<const Label> labels, std::uint64_t nanoseconds) {
  begin_point(labels);
  fmt::format_to(std::back_inserter(json_), ",\"asDouble\":{}}}", otlp_seconds(nanoseconds));
}

void OtlpWriter::distribution(std::span<const Label> labels, const metrics::Distribution& times) {
  begin_point(labels);
  std::uint64_t count = 0;
  std::string buckets;
  for (const std::uint64_t bucket : times.buckets) {
    count += bucket;
    fmt::format_to(std::back_inserter(buckets), "{}\"{}\"", buckets.empty() ? "" : ",", bucket);
  }
  std::string bounds;
  const std::int64_t finer = metrics::is_fine(metric_) ? metrics::kFiner : 1;
  for (const std::int64_t bound : metrics::kBounds) {
    fmt::format_to(std::back_inserter(bounds), "{}{}", bounds.empty() ? "" : ",",
                   otlp_seconds(static_cast<std::uint64_t>(bound / finer)));
  }
  json_ += ',';
  append_number(json_, "count", count);
  fmt::format_to(std::back_inserter(json_), ",\"sum\":{},\"bucketCounts\":[{}],\"explicitBounds\":[{}]}}",
                 otlp_seconds(times.nanoseconds), buckets, bounds);
}

std::string OtlpWriter::take() && {
  end_metric();
  return std::move(json_);
}

std::string metrics_request(std::string_view resource, std::string_view scope, std::string_view metrics) {
  return fmt::format("{{\"resourceMetrics\":[{{{},\"scopeMetrics\":[{{{},\"metrics\":[{}]}}]}}]}}", resource,
                     scope, metrics);
}

}  // namespace wws::telemetry
