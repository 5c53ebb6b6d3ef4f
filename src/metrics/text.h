// Numbers as a monitoring system reads them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "metrics/registry.h"
#include "metrics/totals.h"

namespace wws::metrics {

enum class Format {
  kPrometheus,   ///< its text format 0.0.4
  kOpenMetrics,  ///< 1.0
};

/// The `content-type` of a text in this format.
[[nodiscard]] std::string_view content_type(Format format) noexcept;
/// What ends it: OpenMetrics has an end.
[[nodiscard]] std::string_view end_of(Format format) noexcept;

/// Puts a text together, family by family. Plain data.
class TextWriter {
 public:
  using Label = std::pair<std::string_view, std::string_view>;

  explicit TextWriter(Format format) : format_(format) {}

  /// Says what the samples that follow are.
  void begin(Metric metric);
  /// One of a counter or a gauge.
  void sample(std::span<const Label> labels, std::uint64_t value);
  void sample(Label label, std::uint64_t value) { sample({&label, 1}, value); }
  void sample(std::uint64_t value) { sample(std::span<const Label>(), value); }
  /// The same of a time, in seconds.
  void seconds(std::span<const Label> labels, std::uint64_t nanoseconds);
  /// One of a histogram.
  void distribution(std::span<const Label> labels, const Distribution& times);

  [[nodiscard]] std::string take() && { return std::move(text_); }

 private:
  void name(std::string_view suffix, std::span<const Label> labels, std::string_view bound = {});

  Format format_;
  Metric metric_{};
  std::string text_;
};

/// All that is summed over processes. `routes[i]` is the pattern of slot kFirstSlot + i; slots behind its end
/// are of no route.
void write_totals(TextWriter& writer, const Totals& totals, std::span<const std::string> routes);

/// A table of all families in Markdown, for docs/metrics.md.
[[nodiscard]] std::string markdown_table();

}  // namespace wws::metrics
