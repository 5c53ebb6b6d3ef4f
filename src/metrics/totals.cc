#include "metrics/totals.h"

#include <algorithm>

namespace wws::metrics {
namespace {

std::uint64_t get(const Cell& cell) noexcept { return cell.load(std::memory_order_relaxed); }

template <class Sums, class Cells>
void add_all(Sums& sums, const Cells& cells) noexcept {
  for (std::size_t i = 0; i < cells.size(); ++i) sums[i] += get(cells[i]);
}

void add_times(Distribution& sum, const HistogramCells& cells) noexcept {
  add_all(sum.buckets, cells.buckets);
  sum.nanoseconds += get(cells.nanoseconds);
}

}  // namespace

void Totals::add(const Page& page) noexcept {
  add_all(counters_, page.counters);
  add_all(gauges_, page.gauges);
  for (std::size_t i = 0; i < histograms_.size(); ++i) add_times(histograms_[i], page.histograms[i]);
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    const RouteCells& cells = page.routes[i];
    RouteTotals& route = routes_[i];
    add_all(route.requests, cells.requests);
    add_times(route.duration, cells.duration);
    route.cpu_nanoseconds += get(cells.cpu_nanoseconds);
    route.instance_nanoseconds += get(cells.instance_nanoseconds);
    route.failures += get(cells.failures);
    route.memory_bytes = std::max(route.memory_bytes, get(cells.memory_bytes));
  }
}

}  // namespace wws::metrics
