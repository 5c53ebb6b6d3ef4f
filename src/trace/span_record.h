// A span as serving processes note it, of a fixed size.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "base/clock.h"
#include "trace/trace_context.h"

namespace wws::trace {

enum class SpanKind : std::uint8_t {
  kRequest,  ///< from its head to its last byte
  kGuest,    ///< a worker's run for it
  kFetch,    ///< a request that this worker sent
  kCount,
};

/// Whether what the span is about came to its end as it should.
enum class Outcome : std::uint8_t { kUnset, kError, kCount };

/// The texts of a span; those that it has not are empty.
enum class Text : std::uint8_t {
  kMethod,
  kRoute,      ///< pattern of the route; of a request
  kPath,       ///< without the query
  kHost,       ///< of a request: its Host; of a fetch: the URL's, with its port
  kScheme,     ///< http or https
  kVersion,    ///< of HTTP: 1.1
  kClient,     ///< address
  kAgent,      ///< User-Agent
  kWorker,     ///< file
  kRequestId,  ///< as logs have it
  kUrl,        ///< of a fetch, without what may be secret
  kErrorType,  ///< a word or a status
  kError,      ///< for people
  kCount,
};

/// Plain data in shared memory. A reader copies it first, and then finds sensible values by the functions
/// below, whatever was written there.
struct SpanRecord {
  static constexpr std::size_t kTexts = static_cast<std::size_t>(Text::kCount);
  struct Place {
    std::uint16_t begin;
    std::uint16_t length;
  };
  static constexpr std::size_t kSize = 1024;
  static constexpr std::size_t kHead = 64;

  TraceId trace;
  SpanId span;
  SpanId parent;            ///< kNoSpan: the trace begins here
  std::uint64_t begin;      ///< nanoseconds since 1970
  std::uint64_t end;        ///< the same
  std::uint64_t cpu_time;   ///< of the guest, nanoseconds
  std::uint16_t status;     ///< of HTTP; 0: none
  std::uint16_t text_size;  ///< used of `bytes`
  SpanKind kind_;
  Outcome outcome_;
  std::uint16_t unused;
  std::array<Place, kTexts> texts;
  std::array<char, kSize - kHead - kTexts * sizeof(Place)> bytes;

  // --- for who writes ---

  /// Makes it a span without any text.
  void begin_as(SpanKind kind, const TraceId& of_trace, const SpanId& id, const SpanId& below) noexcept {
    std::memset(static_cast<void*>(this), 0, offsetof(SpanRecord, bytes));
    trace = of_trace;
    span = id;
    parent = below;
    kind_ = kind;
  }
  /// It ended at `at`, after `lasted`.
  void set_times(base::WallTime at, base::Duration lasted) noexcept {
    const auto nanoseconds = at.time_since_epoch().count();
    end = nanoseconds > 0 ? static_cast<std::uint64_t>(nanoseconds) : 0;
    const auto length = lasted.count() > 0 ? static_cast<std::uint64_t>(lasted.count()) : 0;
    begin = end - std::min(length, end);
  }
  /// Keeps the beginning of a text, `most` bytes or what there is room for.
  void put(Text text, std::string_view value, std::size_t most = 256) noexcept {
    const std::size_t length = std::min({value.size(), most, bytes.size() - text_size});
    if (length == 0) return;
    std::memcpy(bytes.data() + text_size, value.data(), length);
    texts[static_cast<std::size_t>(text)] = {text_size, static_cast<std::uint16_t>(length)};
    text_size = static_cast<std::uint16_t>(text_size + length);
  }
  void set_error(std::string_view type, std::string_view message = {}) noexcept {
    outcome_ = Outcome::kError;
    put(Text::kErrorType, type, 64);
    put(Text::kError, message);
  }

  // --- for who reads a copy ---

  [[nodiscard]] SpanKind kind() const noexcept { return kind_ < SpanKind::kCount ? kind_ : SpanKind::kGuest; }
  [[nodiscard]] bool is_error() const noexcept { return outcome_ == Outcome::kError; }
  /// Any bytes.
  [[nodiscard]] std::string_view text(Text which) const noexcept {
    const Place& place = texts[static_cast<std::size_t>(which)];
    const std::size_t begin_at = std::min<std::size_t>(place.begin, bytes.size());
    return {bytes.data() + begin_at, std::min<std::size_t>(place.length, bytes.size() - begin_at)};
  }
};
static_assert(std::is_trivially_copyable_v<SpanRecord> && sizeof(SpanRecord) == SpanRecord::kSize);

}  // namespace wws::trace
