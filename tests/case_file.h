// A behaviour case as parsed from its file (tests/cases/README.md).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace wws::tests {

struct Section {
  std::string kind;      ///< "tree", "request", ...
  std::string argument;  ///< what follows on its line
  std::vector<std::string> lines;
};

struct CaseFile {
  std::string title;
  std::vector<Section> sections;

  [[nodiscard]] std::vector<std::string> lines(std::string_view kind) const;
  [[nodiscard]] bool has(std::string_view kind) const;
};

[[nodiscard]] CaseFile read_case(const std::filesystem::path& path);

/// Resolves \n, \r, \t, \\ and \xNN.
[[nodiscard]] std::string unescape(std::string_view text);

}  // namespace wws::tests
