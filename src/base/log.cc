#include "base/log.h"

#include <fmt/chrono.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <iterator>

#include "base/utf8.h"

namespace wws::base::log {
namespace {

std::atomic<Level> threshold{Level::kInfo};

constexpr std::array<std::string_view, 5> kNames = {"debug", "info", "warn", "error", "off"};

void put(std::string_view line) {
  // One write a line: lines of several processes do not mix. A closed or full stderr loses the
  // line and nothing else.
  [[maybe_unused]] const ssize_t ignored = ::write(STDERR_FILENO, line.data(), line.size());
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

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_sequence_length(text);
    const auto first = static_cast<unsigned char>(text.front());
    // C1 controls (U+0080..U+009F) drive terminals as well as C0.
    const bool c1 = length == 2 && first == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
    if (length == 0 || first < 0x20 || first == 0x7F || c1) {
      for (std::size_t i = 0; i < (c1 ? 2U : 1U); ++i) {
        fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(text[i]));
      }
      text.remove_prefix(c1 ? 2 : 1);
      continue;
    }
    out.append(text.substr(0, length));
    text.remove_prefix(length);
  }
  return out;
}

void write(Level level, std::string_view message) {
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto millis = now.time_since_epoch().count() % 1000;
  put(fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z {} {:5} {}\n",
                  fmt::gmtime(std::chrono::system_clock::to_time_t(now)), millis, ::getpid(),
                  kNames[static_cast<std::size_t>(level)], escaped(message)));
}

void access(std::string_view line) {
  if (!enabled(Level::kInfo)) return;
  put(fmt::format("{}\n", escaped(line)));
}

}  // namespace wws::base::log
