#include "base/quantity.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

namespace wws::base {
namespace {

struct Quantity {
  std::uint64_t number;
  std::string_view unit;
};

/// Digits and what follows them; nothing if there is no digit or too many.
std::optional<Quantity> split(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  return Quantity{number, text.substr(static_cast<std::size_t>(end - text.data()))};
}

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 7> kSizeUnits = {
    {{"GiB", std::uint64_t{1} << 30},
     {"GB", 1'000'000'000},
     {"MiB", std::uint64_t{1} << 20},
     {"MB", 1'000'000},
     {"KiB", std::uint64_t{1} << 10},
     {"KB", 1'000},
     {"B", 1}}};
constexpr std::array<std::pair<std::string_view, std::uint64_t>, 3> kDurationUnits = {
    {{"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::uint64_t kLongestMilliseconds = std::uint64_t{365} * 86'400'000;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_same_without_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

Result<std::uint64_t> parse_size(std::string_view text) {
  if (const auto quantity = split(text)) {
    const std::string_view unit = quantity->unit.empty() ? "B" : quantity->unit;
    for (const auto& [name, bytes] : kSizeUnits) {
      if (is_same_without_case(unit, name) &&
          quantity->number <= std::numeric_limits<std::uint64_t>::max() / bytes)
        return quantity->number * bytes;
    }
  }
  return fail(ErrorCode::kBadUsage,
              fmt::format("\"{}\" is not a size such as 65536, 64KiB, 16MiB, 10MB or 1GiB", text));
}

Result<Duration> parse_duration(std::string_view text) {
  if (const auto quantity = split(text)) {
    for (const auto& [name, milliseconds] : kDurationUnits) {
      if (quantity->unit == name && quantity->number <= kLongestMilliseconds / milliseconds)
        return std::chrono::milliseconds(quantity->number * milliseconds);
    }
  }
  return fail(ErrorCode::kBadUsage, fmt::format("\"{}\" is not a duration such as 250ms, 10s or 5m", text));
}

std::string format_size(std::uint64_t bytes) {
  for (const auto& [name, unit] : kSizeUnits) {
    if (bytes >= unit && bytes % unit == 0) return fmt::format("{}{}", bytes / unit, name);
  }
  return "0B";
}

std::string format_duration(Duration duration) {
  const auto whole = std::chrono::ceil<std::chrono::milliseconds>(duration).count();
  const auto milliseconds = static_cast<std::uint64_t>(whole < 0 ? 0 : whole);
  for (const auto& [name, unit] : kDurationUnits) {
    if (milliseconds >= unit && milliseconds % unit == 0)
      return fmt::format("{}{}", milliseconds / unit, name);
  }
  return "0ms";
}

}  // namespace wws::base
