#include "router/glob.h"

#include <algorithm>

#include "base/utf8.h"
#include "router/glob_compiler.h"

namespace wws::router {
namespace {

char32_t other_case(char32_t c) noexcept {
  if (c >= 'a' && c <= 'z') return c - ('a' - 'A');
  if (c >= 'A' && c <= 'Z') return c + ('a' - 'A');
  return c;
}

}  // namespace

Result<Glob> Glob::parse(std::string_view text) { return GlobCompiler(text).run(); }

bool GlobCharacters::hold(char32_t character) const noexcept {
  if (character == '/') return slash;
  const auto listed = [this](char32_t c) {
    return std::any_of(ranges.begin(), ranges.end(),
                       [c](const auto& range) { return range.first <= c && c <= range.second; });
  };
  const bool is_listed = listed(character) || (either_case && listed(other_case(character)));
  return is_listed != others;
}

/// Adds a step to the states, and those that are reached from it without a character.
void Glob::enter(std::size_t step, std::vector<bool>& states) const {
  std::vector<std::size_t> open = {step};
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    if (states[at]) continue;
    states[at] = true;
    if (steps_[at].kind != GlobStep::Kind::kFork) continue;
    open.push_back(steps_[at].next);
    open.push_back(steps_[at].other);
  }
}

bool Glob::matches(std::string_view path) const {
  std::vector<bool> states(steps_.size());
  enter(0, states);
  while (!path.empty()) {
    const char32_t character = base::take_character(path);
    std::vector<bool> next(steps_.size());
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (!states[i] || steps_[i].kind != GlobStep::Kind::kCharacter) continue;
      if (steps_[i].characters.hold(character)) enter(steps_[i].next, next);
    }
    states = std::move(next);
  }
  return states.back();  // the last step is the end
}

bool Glob::covers_below(std::string_view folder) const {
  return (text_ == "**" || text_.ends_with("/**")) && matches(folder);
}

}  // namespace wws::router
