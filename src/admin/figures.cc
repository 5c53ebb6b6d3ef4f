#include "admin/figures.h"

#include <boost/json.hpp>
#include <cstdint>
#include <string_view>

namespace wws::admin {
namespace {

namespace json = boost::json;
using metrics::Counter;
using metrics::Gauge;

double seconds(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e9; }

json::object to_json(const metrics::Distribution& times) {
  json::array buckets;
  for (const std::uint64_t count : times.buckets) buckets.push_back(count);
  return {{"buckets", std::move(buckets)}, {"sum_seconds", seconds(times.nanoseconds)}};
}

json::object to_json(std::string_view name, const metrics::RouteTotals& route) {
  json::object requests;
  for (std::size_t i = 0; i < metrics::kClasses; ++i)
    requests[std::string(1, static_cast<char>('1' + i)) + "xx"] = route.requests[i];
  return {{"route", name},
          {"requests", std::move(requests)},
          {"duration", to_json(route.duration)},
          {"cpu_seconds", seconds(route.cpu_nanoseconds)},
          {"instance_seconds", seconds(route.instance_nanoseconds)},
          {"memory_peak_bytes", route.memory_bytes}};
}

/// The counters of a family, by the values of its label.
json::object family(const metrics::Totals& totals, metrics::Metric metric) {
  json::object object;
  for (std::size_t i = 0; i < metrics::kCountOf<Counter>; ++i) {
    const auto counter = static_cast<Counter>(i);
    if (metrics::row(counter).metric == metric) object[metrics::row(counter).value] = totals.of(counter);
  }
  return object;
}

}  // namespace

metrics::Totals Figures::totals() const {
  metrics::Totals totals;
  for (const metrics::Block& block : blocks_) block.add_to(totals);
  return totals;
}

std::string Figures::text(metrics::Format format) const {
  metrics::TextWriter writer(format);
  metrics::write_totals(writer, totals(), routes_);
  return std::move(writer).take();
}

std::string Figures::json() const {
  const metrics::Totals totals = this->totals();
  json::array bounds;
  for (const std::int64_t bound : metrics::kBounds) bounds.push_back(static_cast<double>(bound) / 1e9);
  json::array routes;
  routes.push_back(to_json(metrics::kFilesName, totals.of(metrics::kFilesSlot)));
  if (routes_.size() + metrics::kFirstSlot >= metrics::kSlots)
    routes.push_back(to_json(metrics::kOtherName, totals.of(metrics::kOtherSlot)));
  for (std::size_t i = 0; i < routes_.size() && i + metrics::kFirstSlot < metrics::kSlots; ++i)
    routes.push_back(
        to_json(routes_[i], totals.of(static_cast<metrics::RouteSlot>(i + metrics::kFirstSlot))));
  const json::object object = {
      {"bounds_seconds", std::move(bounds)},
      {"routes", std::move(routes)},
      {"connections", totals.of(Gauge::kConnections)},
      {"guests", totals.of(Gauge::kGuests)},
      {"instances_limit", totals.of(Gauge::kInstancesMost)},
      {"queued", totals.of(Gauge::kQueued)},
      {"aborted", totals.of(Counter::kAborted)},
      {"limits_hit", family(totals, metrics::Metric::kLimits)},
      {"guest_failures", family(totals, metrics::Metric::kFailures)},
      {"kv_operations", family(totals, metrics::Metric::kKvOperations)},
      {"kv_failures", totals.of(Counter::kKvFailures)},
      {"fetches", totals.of(Counter::kFetches)},
      {"fetch_failures", totals.of(Counter::kFetchFailures)},
      {"log_lines_dropped", totals.of(Counter::kLogDropped)},
  };
  return json::serialize(object);
}

}  // namespace wws::admin
