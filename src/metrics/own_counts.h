// Counters of who has no block: the supervisor's own, and what another supervisor counted before.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "metrics/writer.h"

namespace wws::metrics {

/// One sample of a counter. Plain data.
struct OwnCount {
  std::string name;  ///< of its family, without `_total`
  std::vector<std::pair<std::string, std::string>> labels;
  std::uint64_t value = 0;  ///< nanoseconds, of a time
};

/// Notes the counters of what is written, and nothing else. Plain data.
class OwnCountsNoter final : public Writer {
 public:
  using Writer::sample;
  void begin(Metric metric) override { metric_ = metric; }
  void sample(std::span<const Label> labels, std::uint64_t value) override;
  void seconds(std::span<const Label> labels, std::uint64_t nanoseconds) override {
    sample(labels, nanoseconds);
  }
  void distribution(std::span<const Label>, const Distribution&) override {}

  [[nodiscard]] std::vector<OwnCount> take() && { return std::move(counts_); }

 private:
  Metric metric_{};
  std::vector<OwnCount> counts_;
};

/// Writes on, with what was counted before added to each counter. A sample that is there no more is written
/// as it was. `writer` and `before` outlive it; its end writes the last of them.
class OwnCountsAdder final : public Writer {
 public:
  OwnCountsAdder(Writer& writer, std::span<const OwnCount> before);
  OwnCountsAdder(const OwnCountsAdder&) = delete;
  OwnCountsAdder& operator=(const OwnCountsAdder&) = delete;
  ~OwnCountsAdder() override { end_family(); }

  using Writer::sample;
  void begin(Metric metric) override;
  void sample(std::span<const Label> labels, std::uint64_t value) override;
  void seconds(std::span<const Label> labels, std::uint64_t nanoseconds) override;
  void distribution(std::span<const Label> labels, const Distribution& times) override;

 private:
  /// What was counted before under these labels, which is told with that.
  [[nodiscard]] std::uint64_t before(std::span<const Label> labels);
  void end_family();

  Writer& writer_;
  std::span<const OwnCount> before_;
  std::vector<const OwnCount*> left_;  ///< of the family that is written
  enum class Form : std::uint8_t { kSamples, kSeconds } form_ = Form::kSamples;
};

}  // namespace wws::metrics
