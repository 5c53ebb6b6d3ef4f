#include "base/log.h"

#include <fmt/chrono.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <ctime>

#include "base/log_ring.h"
#include "base/standard_streams.h"
#include "base/utf8.h"

namespace wws::base::log {
namespace {

std::atomic<Level> threshold{Level::kInfo};
std::atomic<Form> lines_form{Form::kText};

constexpr std::array<std::string_view, 5> kNames = {"debug", "info", "warn", "error", "off"};
constexpr std::array<std::string_view, 5> kColors = {"\x1b[2m", "\x1b[36m", "\x1b[33m", "\x1b[31m", ""};

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

/// Whether eight bytes stand as they are in all forms: printable ASCII, neither `"` nor `\`.
bool is_plain(std::uint64_t bytes) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kTops = 0x80 * kOnes;
  // Has the top bit of some byte where one of the word is less than `limit`, which is at most 0x80; or where
  // one has it itself.
  const auto less = [](std::uint64_t word, std::uint64_t limit) { return (word - limit * kOnes) & ~word; };
  const auto equal = [&](std::uint64_t byte) { return less(bytes ^ (byte * kOnes), 1); };
  return ((bytes | less(bytes, 0x20) | equal(0x7F) | equal('"') | equal('\\')) & kTops) == 0;
}

/// One byte that cannot stand as it is.
char* put_escaped(char* out, unsigned char byte, Quoting quoting) noexcept {
  constexpr std::string_view kDigits = "0123456789abcdef";
  if (quoting == Quoting::kJson) {
    // Bytes of no character are one that says so.
    const std::string_view before = byte < 0x80 ? "\\u00" : "\\ufffd";
    out = std::copy(before.begin(), before.end(), out);
    if (byte >= 0x80) return out;
  } else {
    *out++ = '\\';
    *out++ = 'x';
  }
  *out++ = kDigits[byte >> 4U];
  *out++ = kDigits[byte & 0xFU];
  return out;
}

void append_json(std::string& out, std::string_view text) {
  const std::size_t before = out.size();
  out.resize(before + text.size() * kEscapeGrowth);
  out.resize(static_cast<std::size_t>(escape(out.data() + before, text, Quoting::kJson) - out.data()));
}

}  // namespace

void set_form(Form form) noexcept { lines_form.store(form, std::memory_order_relaxed); }
Form form() noexcept { return lines_form.load(std::memory_order_relaxed); }

void set_level(Level level) noexcept { threshold.store(level, std::memory_order_relaxed); }

void set(const Settings& settings) noexcept {
  set_level(settings.level);
  set_form(settings.form);
}

bool enabled(Level level) noexcept { return level >= threshold.load(std::memory_order_relaxed); }

std::optional<Level> parse_level(std::string_view text) noexcept {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == text) return static_cast<Level>(i);
  }
  return std::nullopt;
}

char* escape(char* out, std::string_view text, Quoting quoting) noexcept {
  const bool is_quoted = quoting != Quoting::kNone;
  for (std::size_t at = 0; at < text.size();) {
    for (std::uint64_t word = 0; text.size() - at >= sizeof(word); at += sizeof(word), out += sizeof(word)) {
      std::memcpy(&word, text.data() + at, sizeof(word));
      if (!is_plain(word)) break;
      std::memcpy(out, &word, sizeof(word));
    }
    if (at == text.size()) break;
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
    for (const std::size_t end = at + (is_c1 ? 2 : 1); at < end; ++at)
      out = put_escaped(out, static_cast<unsigned char>(text[at]), quoting);
  }
  return out;
}

std::string escaped(std::string_view text) {
  std::string out(text.size() * kEscapeGrowth, '\0');
  out.resize(static_cast<std::size_t>(escape(out.data(), text, Quoting::kNone) - out.data()));
  return out;
}

std::string text(Level level, std::string_view message, std::initializer_list<Field> fields) {
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto millis = now.time_since_epoch().count() % 1000;
  const std::string_view second = second_text(std::chrono::system_clock::to_time_t(now));
  const auto index = static_cast<std::size_t>(level);
  switch (form()) {
    case Form::kText:
      break;
    case Form::kColored:
      return fmt::format("\x1b[2m{}\x1b[0m {}{:5}\x1b[0m {}", second.substr(second.find('T') + 1),
                         kColors[index], kNames[index], escaped(message));
    case Form::kJson: {
      std::string line = fmt::format(R"({{"time":"{}.{:03}Z","type":"log","process":{},"level":"{}")", second,
                                     millis, ::getpid(), kNames[index]);
      for (const Field& field : fields) {
        line += fmt::format(R"(,"{}":")", field.name);
        append_json(line, field.value);
        line += '"';
      }
      line += R"(,"message":")";
      append_json(line, message);
      return line + "\"}";
    }
  }
  return fmt::format("{}.{:03}Z {} {:5} {}", second, millis, ::getpid(), kNames[index], escaped(message));
}

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  LineSink& sink = standard_error();
  sink.put(text(level, message, fields));
  keep_line(level, message, fields);
  if (level >= Level::kWarn) sink.flush();
}

}  // namespace wws::base::log
