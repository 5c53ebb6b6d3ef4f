// What failed while somebody works on a project, and where in its source.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wws::server {

/// A place in a file of the project; both numbers begin with 1. `column` 0: it is not known.
struct SourcePlace {
  std::string file;  ///< relative to the project's root
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  bool operator==(const SourcePlace&) const = default;
};

/// One line of a file, without control characters.
struct SourceLine {
  std::uint32_t number = 0;
  std::string text;
  bool operator==(const SourceLine&) const = default;
};

/// Something that people who work on a project want to see. All its text is UTF-8 without control characters,
/// but for newlines in `message`; it comes from guests and files, and is to be escaped for where it goes.
struct Failure {
  std::string file;  ///< of the worker, or what else failed
  std::string message;
  std::optional<SourcePlace> place;
  std::vector<SourceLine> lines;  ///< around the place
  bool operator==(const Failure&) const = default;
};

/// Finds what `message` says of a place (`FILE:LINE:COLUMN`, or the name of an import that is missing) and
/// reads the lines around it. Only files of source text below `root` are looked at, and none that is hidden.
/// Waits for the disk: for development. Any thread.
[[nodiscard]] Failure describe_failure(const std::string& root, std::string file, std::string_view message);

/// The lines for a terminal, with their numbers, and a mark below the place.
[[nodiscard]] std::vector<std::string> excerpt_lines(const Failure& failure);

}  // namespace wws::server
