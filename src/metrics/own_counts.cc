#include "metrics/own_counts.h"

#include <algorithm>
#include <utility>

namespace wws::metrics {
namespace {

bool has_labels(const OwnCount& count, std::span<const Writer::Label> labels) {
  return std::ranges::equal(count.labels, labels, [](const auto& one, const auto& other) {
    return one.first == other.first && one.second == other.second;
  });
}

}  // namespace

void OwnCountsNoter::sample(std::span<const Label> labels, std::uint64_t value) {
  if (family(metric_).type != Type::kCounter) return;
  OwnCount count{std::string(family(metric_).name), {}, value};
  for (const auto& [name, text] : labels) count.labels.emplace_back(name, text);
  counts_.push_back(std::move(count));
}

OwnCountsAdder::OwnCountsAdder(Writer& writer, std::span<const OwnCount> before)
    : writer_(writer), before_(before) {}

void OwnCountsAdder::begin(Metric metric) {
  end_family();
  writer_.begin(metric);
  form_ = Form::kSamples;
  if (family(metric).type != Type::kCounter) return;
  for (const OwnCount& count : before_) {
    if (count.name == family(metric).name) left_.push_back(&count);
  }
}

std::uint64_t OwnCountsAdder::before(std::span<const Label> labels) {
  const auto found =
      std::ranges::find_if(left_, [&](const OwnCount* count) { return has_labels(*count, labels); });
  if (found == left_.end()) return 0;
  const std::uint64_t value = (*found)->value;
  left_.erase(found);
  return value;
}

void OwnCountsAdder::sample(std::span<const Label> labels, std::uint64_t value) {
  writer_.sample(labels, value + before(labels));
}

void OwnCountsAdder::seconds(std::span<const Label> labels, std::uint64_t nanoseconds) {
  form_ = Form::kSeconds;
  writer_.seconds(labels, nanoseconds + before(labels));
}

void OwnCountsAdder::distribution(std::span<const Label> labels, const Distribution& times) {
  writer_.distribution(labels, times);
}

void OwnCountsAdder::end_family() {
  for (const OwnCount* count : std::exchange(left_, {})) {
    const std::vector<Label> labels(count->labels.begin(), count->labels.end());
    form_ == Form::kSeconds ? writer_.seconds(labels, count->value) : writer_.sample(labels, count->value);
  }
}

}  // namespace wws::metrics
