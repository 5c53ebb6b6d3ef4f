#include "reference/command.h"

#include <algorithm>

namespace wws::reference {
namespace {

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

}  // namespace

std::vector<std::string> parts_of(const Value& value) {
  std::vector<std::string> parts;
  std::string_view rest = value.name;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('|'), rest.size());
    parts.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return parts;
}

std::string_view typed_part(std::string_view part) noexcept {
  const auto* capital = std::ranges::find_if(part, is_capital);
  return part.substr(0, static_cast<std::size_t>(capital - part.begin()));
}

ValueKind kind_of(const Value& value) {
  if (value.name.empty()) return ValueKind::kNone;
  if (value.name == "FOLDER" || value.name == "PATH") return ValueKind::kFolder;
  if (value.name == "FILE") return ValueKind::kFile;
  return typed_part(value.name).empty() ? ValueKind::kText : ValueKind::kChoice;
}

std::string_view words_of(const Command& command) noexcept {
  const std::string_view name = command.name;
  return name.substr(std::min(name.find(' '), name.size() - 1) + 1);
}

std::string usage(const Command& command) {
  std::string text = command.name + " [OPTIONS]";
  for (const Option& argument : command.arguments) {
    const std::string& name = argument.names.front();
    text += argument.count == Count::kRequired ? " " + name : " [" + name + "]";
  }
  return text;
}

}  // namespace wws::reference
