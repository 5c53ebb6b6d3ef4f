#include "base/log.h"

#include <fmt/chrono.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <ctime>

#include "base/standard_streams.h"
#include "base/utf8.h"

namespace wws::base::log {
namespace {

std::atomic<Level> threshold{Level::kInfo};

constexpr std::array<std::string_view, 5> kNames = {"debug", "info", "warn", "error", "off"};

/// "2026-01-31T12:00:00", made anew once a second.
std::string_view second_text(std::time_t second) {
  thread_local std::time_t known = -1;
  thread_local std::string text;
  if (second != known) {
    text = fmt::format("{:%Y-%m-%dT%H:%M:%S}", fmt::gmtime(second));
    known = second;
  }
  return text;
}

}  // namespace

void set_level(Level level) noexcept { threshold.store(level, std::memory_order_relaxed); }

bool enabled(Level level) noexcept { return level >= threshold.load(std::memory_order_relaxed); }

std::optional<Level> parse_level(std::string_view text) noexcept {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == text) return static_cast<Level>(i);
  }
  return std::nullopt;
}

char* escape(char* out, std::string_view text, Quoting quoting) noexcept {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const bool is_quoted = quoting == Quoting::kQuoted;
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    if (first >= 0x20 && first < 0x7F) {
      if (is_quoted && (first == '"' || first == '\\')) *out++ = '\\';
      *out++ = text[at++];
      continue;
    }
    const std::size_t length = utf8_sequence_length(text.substr(at));
    // C1 controls (U+0080..U+009F) drive terminals as well as C0.
    const bool is_c1 = length == 2 && first == 0xC2 && static_cast<unsigned char>(text[at + 1]) < 0xA0;
    if (length >= 2 && !is_c1) {
      out = std::copy_n(text.data() + at, length, out);
      at += length;
      continue;
    }
    for (const std::size_t end = at + (is_c1 ? 2 : 1); at < end; ++at) {
      const auto byte = static_cast<unsigned char>(text[at]);
      for (const char c : {'\\', 'x', kDigits[byte >> 4U], kDigits[byte & 0xFU]}) *out++ = c;
    }
  }
  return out;
}

std::string escaped(std::string_view text) {
  std::string out(text.size() * kEscapeGrowth, '\0');
  out.resize(static_cast<std::size_t>(escape(out.data(), text, Quoting::kNone) - out.data()));
  return out;
}

std::string text(Level level, std::string_view message) {
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto millis = now.time_since_epoch().count() % 1000;
  return fmt::format("{}.{:03}Z {} {:5} {}", second_text(std::chrono::system_clock::to_time_t(now)), millis,
                     ::getpid(), kNames[static_cast<std::size_t>(level)], escaped(message));
}

void write(Level level, std::string_view message) {
  LineSink& sink = standard_error();
  sink.put(text(level, message));
  if (level >= Level::kWarn) sink.flush();
}

}  // namespace wws::base::log
