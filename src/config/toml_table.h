// Reading TOML with the place of every problem. Private to this folder.
#pragma once

#include <toml++/toml.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/diagnostics.h"

namespace wws::config {

/// Where problems of one file go.
class Reporter {
 public:
  Reporter(std::string file, Diagnostics& diagnostics) : file_(std::move(file)), diagnostics_(diagnostics) {}

  void error(const toml::source_region& place, std::string message) {
    add(Severity::kError, place, std::move(message));
  }
  void warning(const toml::source_region& place, std::string message) {
    add(Severity::kWarning, place, std::move(message));
  }
  void error_at(std::size_t line, std::size_t column, std::string message);

 private:
  void add(Severity severity, const toml::source_region& place, std::string message);

  std::string file_;
  Diagnostics& diagnostics_;
};

/// Parses a whole file. A syntax error, a duplicate key or bad UTF-8 is reported, and nothing returned.
/// Columns count characters, from 1.
[[nodiscard]] std::optional<toml::table> parse_toml(std::string_view text, Reporter& reporter);

/// Warns of keys that are not in `known`, with the nearest one that is.
void warn_of_unknown_keys(const toml::table& table, std::span<const std::string_view> known,
                          Reporter& reporter);

/// The table at `key`; another type is reported.
[[nodiscard]] const toml::table* read_table(const toml::table& table, std::string_view key,
                                            Reporter& reporter);

/// "a string", "an integer" and so on, for messages.
[[nodiscard]] std::string_view type_name(const toml::node& node);

}  // namespace wws::config
