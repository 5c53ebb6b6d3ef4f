// The log: one line a message on standard error (standard_streams.h). Formatting is fmt's.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace wws::base::log {

enum class Level { kDebug, kInfo, kWarn, kError, kOff };

/// Lines below `level` are dropped. Call once at start, before any other thread runs.
void set_level(Level level) noexcept;
[[nodiscard]] bool enabled(Level level) noexcept;

/// "debug", "info", "warn", "error" or "off"; anything else: std::nullopt.
[[nodiscard]] std::optional<Level> parse_level(std::string_view text) noexcept;

/// How lines look.
enum class Form {
  kText,     ///< time, process id, level, message
  kColored,  ///< for a terminal: the time of day, the level in its colour, message
  kJson,     ///< one object a line
};
/// As set_level(). Lines are text until then.
void set_form(Form form) noexcept;
[[nodiscard]] Form form() noexcept;

/// All of this, as one process tells another.
struct Settings {
  Level level = Level::kInfo;
  Form form = Form::kText;
};
void set(const Settings& settings) noexcept;

/// What a line is about, by name: in JSON members of the object; other forms do not have them.
struct Field {
  std::string_view name;  ///< needs no escaping
  std::string_view value;
};

/// Writes one line with time, process id and level. Control characters in `message` are escaped,
/// so that text from a client or a guest cannot forge a line or drive a terminal. Warnings and errors leave
/// at once, with what is buffered before them: the process may not live to write them later.
void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});
/// That line, without a newline.
[[nodiscard]] std::string text(Level level, std::string_view message,
                               std::initializer_list<Field> fields = {});

/// `text` with control characters and invalid UTF-8 written as \xNN; newlines too.
[[nodiscard]] std::string escaped(std::string_view text);

/// What `escape` does to quotation marks and backslashes.
enum class Quoting {
  kNone,
  kQuoted,  ///< a backslash before each: `text` stands between quotation marks, and cannot end them
  kJson,    ///< the same, and the rest as a JSON string has it: \u00NN, and U+FFFD for what is not UTF-8
};
/// At most so many bytes for each of the text's.
inline constexpr std::size_t kEscapeGrowth = 6;
/// The same as escaped(), written to `out`; returns its end.
[[nodiscard]] char* escape(char* out, std::string_view text, Quoting quoting) noexcept;

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::kDebug)) write(Level::kDebug, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::kInfo)) write(Level::kInfo, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::kWarn)) write(Level::kWarn, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::kError)) write(Level::kError, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace wws::base::log

namespace wws {
namespace log = base::log;
}  // namespace wws
