#include "metrics/layout.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string_view>

namespace wws::metrics {
namespace {

static_assert(sizeof(HistogramCells) == sizeof(Cell) * (kBuckets + 1) &&
              sizeof(RouteCells) == sizeof(HistogramCells) + sizeof(Cell) * (kClasses + 4));
static_assert(sizeof(Page) == sizeof(Page::counters) + sizeof(Page::histograms) + sizeof(Page::routes) +
                                  sizeof(Page::gauges),
              "a page is its numbers, one behind the other");

/// No block of any version comes near it.
constexpr std::size_t kMostCells = std::size_t{1} << 20;

/// By their bounds: buckets of other bounds are others.
void add_buckets(std::vector<std::string>& names, std::string_view family, std::int64_t finer) {
  for (const std::int64_t bound : kBounds)
    names.push_back(fmt::format("{}_bucket{{{}}}", family, bound / finer));
  names.push_back(fmt::format("{}_bucket{{inf}}", family));
  names.push_back(fmt::format("{}_sum", family));
}

Layout make_own() {
  Layout layout;
  for (std::size_t i = 0; i < kCountOf<Counter>; ++i) {
    const CellRow& its = row(static_cast<Counter>(i));
    layout.cells.push_back(fmt::format("{}_total{{{}={}}}", family(its.metric).name, its.label, its.value));
  }
  for (std::size_t i = 0; i < kCountOf<Histogram>; ++i) {
    const auto histogram = static_cast<Histogram>(i);
    add_buckets(layout.cells, family(metric_of(histogram)).name, is_fine(histogram) ? kFiner : 1);
  }
  for (const std::string_view name : {"1xx", "2xx", "3xx", "4xx", "5xx"})
    layout.route.push_back(fmt::format("{}_total{{{}}}", family(Metric::kRequests).name, name));
  add_buckets(layout.route, family(Metric::kRequestDuration).name, 1);
  layout.route.push_back(fmt::format("{}_total", family(Metric::kGuestCpu).name));
  layout.route.push_back(fmt::format("{}_total", family(Metric::kInstanceTime).name));
  layout.route.emplace_back("failures");
  layout.route.emplace_back(kLargestMemory);
  layout.slots = kSlots;
  for (std::size_t i = 0; i < kCountOf<Gauge>; ++i)
    layout.gauges.emplace_back(family(metric_of(static_cast<Gauge>(i))).name);
  return layout;
}

}  // namespace

const Layout& Layout::own() {
  static const Layout layout = make_own();
  return layout;
}

bool Layout::is_sound() const noexcept {
  // Each for itself first, so that the product cannot wrap around.
  const std::array sizes = {cells.size(), route.size(), slots, gauges.size()};
  for (const std::size_t size : sizes) {
    if (size == 0 || size > kMostCells) return false;
  }
  return size() <= kMostCells;
}

}  // namespace wws::metrics
