#include "server/failure.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/beneath.h"
#include "base/log.h"
#include "base/utf8.h"

namespace wws::server {
namespace {

constexpr std::size_t kLargestFile = std::size_t{2} << 20;
constexpr std::size_t kLongestLine = 200;
constexpr std::size_t kLongestMessage = std::size_t{8} << 10;
constexpr std::uint32_t kLinesBefore = 3;
constexpr std::uint32_t kLinesAfter = 2;
constexpr std::array<std::string_view, 10> kSourceEndings = {".js",  ".mjs", ".cjs", ".ts",   ".mts",
                                                             ".tsx", ".jsx", ".py",  ".toml", ".json"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Whether lines of such a file may be shown: source text that is no hidden file.
bool is_shown(std::string_view file) {
  if (file.empty() || file.starts_with('/') || file.starts_with('.') ||
      file.find("/.") != std::string_view::npos)
    return false;
  return std::ranges::any_of(kSourceEndings, [&](std::string_view ending) { return file.ends_with(ending); });
}

/// Takes a number off the front of `text`; 0: there is none.
std::uint32_t take_number(std::string_view& text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return 0;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

constexpr std::string_view kAroundNames = " \t\n()\"'`";

/// The name that ends at `end`: `known`, or what has no blanks and brackets in it.
std::string_view name_before(std::string_view text, std::size_t end, std::string_view known) {
  const std::string_view before = text.substr(0, end);
  if (!known.empty() && before.ends_with(known)) {
    const std::string_view rest = before.substr(0, end - known.size());
    if (rest.empty() || kAroundNames.find(rest.back()) != std::string_view::npos) return known;
  }
  const std::size_t begin = before.find_last_of(kAroundNames);
  return before.substr(begin == std::string_view::npos ? 0 : begin + 1);
}

/// The first FILE:LINE[:COLUMN].
std::optional<SourcePlace> find_place(std::string_view text, std::string_view known) {
  for (std::size_t at = text.find(':'); at != std::string_view::npos; at = text.find(':', at + 1)) {
    std::string_view rest = text.substr(at + 1);
    if (rest.empty() || !is_digit(rest.front())) continue;
    const std::string_view file = name_before(text, at, known);
    if (!is_shown(file)) continue;
    SourcePlace place{std::string(file), take_number(rest), 0};
    if (rest.size() > 1 && rest[0] == ':' && is_digit(rest[1])) {
      rest.remove_prefix(1);
      place.column = take_number(rest);
    }
    if (place.line > 0) return place;
  }
  return std::nullopt;
}

/// A file's text; empty: there is none to be shown.
std::string read_source(const std::string& root, const std::string& file) {
  const base::File folder = base::open_start(root);
  if (!folder || !is_shown(file)) return {};
  const base::File source = base::open_beneath(folder, file, base::available_resolver());
  if (!source) return {};
  auto text = base::read_file(source, file, kLargestFile);
  return text ? std::move(*text) : std::string();
}

/// Where a file imports what a message names between quotation marks.
std::optional<SourcePlace> find_import(std::string_view text, const std::string& file,
                                       std::string_view message) {
  constexpr std::string_view kImports = " imports \"";
  const std::size_t at = message.find(kImports);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = message.substr(at + kImports.size());
  const std::string_view name = rest.substr(0, rest.find('"'));
  for (const char quote : {'"', '\''}) {
    const std::size_t found = text.find(quote + std::string(name) + quote);
    if (name.empty() || found == std::string_view::npos) continue;
    const std::string_view before = text.substr(0, found);
    const std::size_t begin = before.rfind('\n');
    return SourcePlace{
        file, static_cast<std::uint32_t>(std::ranges::count(before, '\n') + 1),
        static_cast<std::uint32_t>(found - (begin == std::string_view::npos ? 0 : begin + 1) + 1)};
  }
  return std::nullopt;
}

/// The beginning of a line, for people to see.
std::string shown(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  std::size_t length = std::min(line.size(), kLongestLine);
  const auto is_inside = [&] {
    return length < line.size() && (static_cast<unsigned char>(line[length]) & 0xC0) == 0x80;
  };
  while (length > 0 && is_inside()) --length;
  std::string text(line.substr(0, length));
  std::ranges::replace(text, '\t', ' ');  // as wide as it is counted in columns
  text = log::escaped(text);
  if (length < line.size()) text += "…";
  return text;
}

std::vector<SourceLine> lines_around(std::string_view text, std::uint32_t line) {
  std::vector<SourceLine> lines;
  for (std::uint32_t number = 1; !text.empty() && number <= line + kLinesAfter; ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (number + kLinesBefore >= line) lines.push_back({number, shown(text.substr(0, end))});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  // The place may be behind the last line: where an end is missing.
  if (lines.empty() || lines.back().number + 1 < line) lines.clear();
  return lines;
}

/// Each line of it as log::escaped() has it.
std::string shown_message(std::string_view message) {
  message = message.substr(0, kLongestMessage);
  std::string text;
  while (true) {
    const std::size_t end = message.find('\n');
    text += log::escaped(message.substr(0, end));
    if (end == std::string_view::npos) return text;
    text += '\n';
    message.remove_prefix(end + 1);
  }
}

}  // namespace

Failure describe_failure(const std::string& root, std::string file, std::string_view message) {
  Failure failure{log::escaped(file), shown_message(message), find_place(message, file), {}};
  const std::string text = read_source(root, failure.place ? failure.place->file : file);
  if (!failure.place) failure.place = find_import(text, file, message);
  if (!failure.place) return failure;
  failure.lines = lines_around(text, failure.place->line);
  failure.place->file = log::escaped(failure.place->file);
  return failure;
}

std::vector<std::string> excerpt_lines(const Failure& failure) {
  std::vector<std::string> lines;
  if (!failure.place) return lines;
  for (const SourceLine& line : failure.lines) {
    const bool is_place = line.number == failure.place->line;
    lines.push_back(fmt::format("{} {:>4} | {}", is_place ? '>' : ' ', line.number, line.text));
    if (is_place && failure.place->column > 0 && failure.place->column <= kLongestLine)
      lines.push_back(fmt::format("       | {:>{}}", '^', failure.place->column));
  }
  return lines;
}

}  // namespace wws::server
