// Which trace something belongs to, as programs tell each other (W3C Trace Context).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace wws::trace {

using TraceId = std::array<std::uint8_t, 16>;
using SpanId = std::array<std::uint8_t, 8>;

inline constexpr SpanId kNoSpan{};

/// The field that carries it.
inline constexpr std::string_view kTraceparentField = "traceparent";
inline constexpr std::size_t kTraceparentSize = 55;

/// A span, as those below it know it.
struct Context {
  TraceId trace{};
  SpanId span{};
  bool is_sampled = false;

  friend bool operator==(const Context&, const Context&) = default;
};

/// What a `traceparent` says; std::nullopt: it is none, which is as if there were no field. One of a later
/// version is read as far as this one is known (2.2.3 there).
[[nodiscard]] std::optional<Context> parse_traceparent(std::string_view text) noexcept;

/// Writes a `traceparent` of version 00.
void write_traceparent(const Context& context, std::span<char, kTraceparentSize> text) noexcept;

}  // namespace wws::trace
