#include "config/limits_table.h"

#include <fmt/format.h>

#include <limits>
#include <string>

#include "base/quantity.h"

namespace wws::config {
namespace {

constexpr std::uint64_t kPage = std::uint64_t{64} << 10;
constexpr std::uint64_t kLargestMemory = std::uint64_t{4} << 30;
constexpr std::uint64_t kLargestOutput = std::uint64_t{1} << 40;
constexpr std::uint64_t kSmallestStack = std::uint64_t{16} << 10;
constexpr std::uint64_t kLargestStack = std::uint64_t{64} << 20;
constexpr std::uint64_t kMostTableElements = 10'000'000;
constexpr std::uint64_t kMostAtOnce = 100'000;

/// One table [limits] on its way into a Limits.
class LimitsReader {
 public:
  LimitsReader(const toml::table& limits, Reporter& reporter) : limits_(limits), reporter_(reporter) {}

  /// A size as a string: "64MiB".
  void size(std::string_view key, std::uint64_t least, std::uint64_t most, std::uint64_t& value) {
    const auto text = read_string(limits_, key, reporter_);
    if (!text) return;
    const auto bytes = base::parse_size(*text);
    if (!bytes) return report(key, bytes.error().message);
    if (*bytes < least || *bytes > most) {
      return report(key, fmt::format("\"{}\" is from {} to {}, and not {}", key, base::format_size(least),
                                     base::format_size(most), *text));
    }
    value = *bytes;
  }

  /// A duration as a string: "250ms".
  void duration(std::string_view key, base::Duration& value) {
    const auto text = read_string(limits_, key, reporter_);
    if (!text) return;
    const auto parsed = base::parse_duration(*text);
    if (!parsed) return report(key, parsed.error().message);
    if (*parsed <= base::Duration(0)) return report(key, fmt::format("\"{}\" has to be more than zero", key));
    value = *parsed;
  }

  /// An integer.
  template <class Integer>
  void count(std::string_view key, std::uint64_t least, std::uint64_t most, Integer& value) {
    const toml::node* node = limits_.get(key);
    if (node == nullptr) return;
    const auto* number = node->as_integer();
    if (number == nullptr)
      return report(key, fmt::format("\"{}\" has to be an integer, and is {}", key, type_name(*node)));
    if (number->get() < 0 || static_cast<std::uint64_t>(number->get()) < least ||
        static_cast<std::uint64_t>(number->get()) > most) {
      return report(key, fmt::format("\"{}\" is from {} to {}, and not {}", key, least, most, number->get()));
    }
    value = static_cast<std::uint32_t>(number->get());
  }

 private:
  void report(std::string_view key, std::string message) {
    reporter_.error(limits_.get(key)->source(), std::move(message));
  }

  const toml::table& limits_;
  Reporter& reporter_;
};

}  // namespace

Limits read_limits(const toml::table& table, const Limits& defaults, Reporter& reporter) {
  Limits result = defaults;
  const toml::table* limits = read_table(table, "limits", reporter);
  if (limits == nullptr) return result;
  warn_of_unknown_keys(
      *limits, {"memory", "cpu_time", "time", "output", "log", "concurrency", "table_elements", "stack"},
      reporter);
  LimitsReader reader(*limits, reporter);
  reader.size("memory", kPage, kLargestMemory, result.memory);
  reader.duration("cpu_time", result.cpu_time);
  reader.duration("time", result.time);
  reader.size("output", 0, kLargestOutput, result.output);
  reader.size("log", 0, kLargestOutput, result.log);
  reader.count("concurrency", 1, kMostAtOnce, result.concurrency);
  reader.count("table_elements", 0, kMostTableElements, result.table_elements);
  reader.size("stack", kSmallestStack, kLargestStack, result.stack);
  return result;
}

}  // namespace wws::config
