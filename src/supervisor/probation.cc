#include "supervisor/probation.h"

#include <algorithm>
#include <utility>

namespace wws::supervisor {
namespace {

/// Never less than nothing, whoever wrote the numbers.
std::uint64_t growth(std::uint64_t from, std::uint64_t to) { return to > from ? to - from : 0; }

RouteCount at(const RouteCounts& counts, std::size_t route) {
  return route < counts.size() ? counts[route] : RouteCount{};
}

RouteCounts growth(const RouteCounts& from, const RouteCounts& to) {
  RouteCounts grown;
  for (std::size_t i = 0; i < to.size(); ++i) {
    const RouteCount first = at(from, i);
    grown.push_back({growth(first.requests, to[i].requests), growth(first.failures, to[i].failures)});
  }
  return grown;
}

double rate(const RouteCount& count) {
  if (count.requests == 0) return 0;
  return static_cast<double>(count.failures) / static_cast<double>(count.requests);
}

bool fails(const RouteCount& since, const RouteCount& before) {
  constexpr double kHundred = 100;
  return since.failures >= Probation::kLeastFailures &&
         rate(since) > static_cast<double>(Probation::kMostPercent) / kHundred &&
         rate(since) > 2 * rate(before);
}

}  // namespace

void Probation::begin(base::Instant now, base::Duration length, RouteCounts counts) {
  end();
  if (samples_.empty() || length <= base::Duration(0)) return;
  before_ = growth(samples_.front().counts, counts);
  length_ = length;
  began_ = Sample{now, std::move(counts)};
}

std::optional<Probation::Finding> Probation::look(base::Instant now, RouteCounts counts) {
  std::optional<Finding> worst;
  if (began_) {
    const RouteCounts since = growth(began_->counts, counts);
    for (std::size_t i = 0; i < since.size(); ++i) {
      const RouteCount before = at(before_, i);
      if (!fails(since[i], before) || (worst && worst->since.failures >= since[i].failures)) continue;
      worst = Finding{i, since[i], before, now - began_->at};
    }
    if (worst || now - began_->at >= length_) end();
  }
  samples_.push_back({now, std::move(counts)});
  while (samples_.size() > 1 && now - samples_[1].at >= kBefore) samples_.pop_front();
  return worst;
}

}  // namespace wws::supervisor
