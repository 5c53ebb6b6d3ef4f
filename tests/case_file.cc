#include "case_file.h"

#include <algorithm>
#include <fstream>

namespace wws::tests {

std::vector<std::string> CaseFile::lines(std::string_view kind) const {
  std::vector<std::string> result;
  for (const Section& section : sections) {
    if (section.kind != kind) continue;
    std::copy_if(section.lines.begin(), section.lines.end(), std::back_inserter(result),
                 [](const std::string& line) { return !line.empty(); });
  }
  return result;
}

bool CaseFile::has(std::string_view kind) const {
  return std::any_of(sections.begin(), sections.end(),
                     [&](const Section& section) { return section.kind == kind; });
}

CaseFile read_case(const std::filesystem::path& path) {
  CaseFile result;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("--- ")) {
      const std::size_t space = std::min(line.find(' ', 4), line.size());
      result.sections.push_back(
          {line.substr(4, space - 4), line.substr(std::min(space + 1, line.size())), {}});
    } else if (!result.sections.empty()) {
      result.sections.back().lines.push_back(line);
    } else if (line.starts_with("# ")) {
      result.title += line.substr(2);
    }
  }
  for (Section& section : result.sections) {
    while (!section.lines.empty() && section.lines.back().empty()) section.lines.pop_back();
  }
  return result;
}

std::string unescape(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      result += text[i];
      continue;
    }
    switch (text[++i]) {
      case 'n':
        result += '\n';
        break;
      case 'r':
        result += '\r';
        break;
      case 't':
        result += '\t';
        break;
      case 'x':
        result += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
        i += 2;
        break;
      default:
        result += text[i];
    }
  }
  return result;
}

}  // namespace wws::tests
