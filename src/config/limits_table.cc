#include "config/limits_table.h"

#include "config/limits_reader.h"

namespace wws::config {
namespace {

constexpr std::uint64_t kPage = std::uint64_t{64} << 10;
constexpr std::uint64_t kLargestMemory = std::uint64_t{4} << 30;
constexpr std::uint64_t kLargestOutput = std::uint64_t{1} << 40;
constexpr std::uint64_t kSmallestStack = std::uint64_t{16} << 10;
constexpr std::uint64_t kLargestStack = std::uint64_t{64} << 20;
constexpr std::uint64_t kMostTableElements = 10'000'000;
constexpr std::uint64_t kMostAtOnce = 100'000;

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
