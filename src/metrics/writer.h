// Who writes numbers down, in whatever form.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "metrics/registry.h"
#include "metrics/totals.h"

namespace wws::metrics {

/// Takes metrics family by family: begin(), and then its samples.
class Writer {
 public:
  using Label = std::pair<std::string_view, std::string_view>;

  virtual ~Writer() = default;

  /// Says what the samples that follow are.
  virtual void begin(Metric metric) = 0;
  /// One of a counter or a gauge.
  virtual void sample(std::span<const Label> labels, std::uint64_t value) = 0;
  void sample(Label label, std::uint64_t value) { sample({&label, 1}, value); }
  void sample(std::uint64_t value) { sample(std::span<const Label>(), value); }
  /// The same of a time, in seconds.
  virtual void seconds(std::span<const Label> labels, std::uint64_t nanoseconds) = 0;
  /// One of a histogram.
  virtual void distribution(std::span<const Label> labels, const Distribution& times) = 0;
};

}  // namespace wws::metrics
