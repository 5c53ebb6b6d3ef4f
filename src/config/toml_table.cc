#include "config/toml_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/near.h"
#include "base/utf8.h"

namespace wws::config {
namespace {

/// Bad UTF-8 is found here, since the parser's words for it are about its own states.
bool report_bad_utf8(std::string_view text, Reporter& reporter) {
  std::size_t line = 1;
  std::size_t column = 1;
  while (!text.empty()) {
    const std::size_t size = base::utf8_sequence_length(text);
    if (size == 0) {
      reporter.error_at(line, column,
                        fmt::format("the byte 0x{:02x} is not UTF-8; save the file in that encoding",
                                    static_cast<unsigned char>(text.front())));
      return true;
    }
    column = text.front() == '\n' ? 1 : column + 1;
    line += text.front() == '\n' ? 1 : 0;
    text.remove_prefix(size);
  }
  return false;
}

}  // namespace

void Reporter::add(Severity severity, const toml::source_region& place, std::string message) {
  diagnostics_.add({severity, file_, place.begin.line, place.begin.column, std::move(message)});
}

void Reporter::error_at(std::size_t line, std::size_t column, std::string message) {
  diagnostics_.add({Severity::kError, file_, line, column, std::move(message)});
}

std::optional<toml::table> parse_toml(std::string_view text, Reporter& reporter) {
  if (report_bad_utf8(text, reporter)) return std::nullopt;
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    reporter.error(error.source(), std::string(error.description()));
    return std::nullopt;
  }
}

void warn_of_unknown_keys(const toml::table& table, std::span<const std::string_view> known,
                          Reporter& reporter) {
  for (const auto& [key, value] : table) {
    if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
    const std::string_view meant = base::nearest(key.str(), known);
    reporter.warning(key.source(), meant.empty() ? fmt::format("unknown key \"{}\"; it is ignored", key.str())
                                                 : fmt::format("unknown key \"{}\"; did you mean \"{}\"?",
                                                               key.str(), meant));
  }
}

const toml::table* read_table(const toml::table& table, std::string_view key, Reporter& reporter) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return nullptr;
  if (const auto* found = node->as_table()) return found;
  reporter.error(node->source(), fmt::format("\"{}\" has to be a table, and is {}", key, type_name(*node)));
  return nullptr;
}

std::string_view type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a float";
    case toml::node_type::boolean:
      return "a boolean";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::table:
      return "a table";
    default:
      return "a date or time";
  }
}

}  // namespace wws::config
