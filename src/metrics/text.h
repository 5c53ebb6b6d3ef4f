// Numbers as a monitoring system reads them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "metrics/registry.h"
#include "metrics/totals.h"
#include "metrics/writer.h"

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
class TextWriter final : public Writer {
 public:
  explicit TextWriter(Format format) : format_(format) {}

  using Writer::sample;
  void begin(Metric metric) override;
  void sample(std::span<const Label> labels, std::uint64_t value) override;
  void seconds(std::span<const Label> labels, std::uint64_t nanoseconds) override;
  void distribution(std::span<const Label> labels, const Distribution& times) override;

  [[nodiscard]] std::string take() && { return std::move(text_); }

 private:
  void name(std::string_view suffix, std::span<const Label> labels, std::string_view bound = {});

  Format format_;
  Metric metric_{};
  std::string text_;
};

/// All that is summed over processes. `routes[i]` is the pattern of slot kFirstSlot + i; slots behind its end
/// are of no route.
void write_totals(Writer& writer, const Totals& totals, std::span<const std::string> routes);

/// A table of all families in Markdown, for docs/metrics.md.
[[nodiscard]] std::string markdown_table();

}  // namespace wws::metrics
