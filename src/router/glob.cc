#include "router/glob.h"

#include <fmt/format.h>

#include <cstddef>
#include <utility>

namespace wws::router {
namespace {

/// Braces multiply: more alternatives than this are a mistake.
constexpr std::size_t kMostAlternatives = 1000;

std::unexpected<Error> bad(std::string_view glob, std::size_t at, std::string_view what) {
  return fail(ErrorCode::kBadUsage, fmt::format("glob \"{}\", character {}: {}", glob, at + 1, what));
}

/// Index of the character behind the set that opens at `open`; npos when it does not close.
std::size_t set_end(std::string_view text, std::size_t open) {
  std::size_t at = open + 1;
  if (at < text.size() && (text[at] == '!' || text[at] == '^')) ++at;
  if (at < text.size() && text[at] == ']') ++at;  // first in the set: an ordinary character
  const std::size_t close = text.find(']', at);
  return close == std::string_view::npos ? close : close + 1;
}

/// True when `c` is in the set `[…]`, given without its brackets.
bool in_set(std::string_view set, char c) {
  const bool negated = !set.empty() && (set.front() == '!' || set.front() == '^');
  if (negated) set.remove_prefix(1);
  bool found = false;
  for (std::size_t i = 0; i < set.size(); ++i) {
    if (i + 2 < set.size() && set[i + 1] == '-') {
      found = found || (set[i] <= c && c <= set[i + 2]);
      i += 2;
    } else {
      found = found || set[i] == c;
    }
  }
  return found != negated;
}

/// The end of the `{…}` that opens at `open`, and the commas at its own level.
struct Braces {
  std::size_t close = std::string_view::npos;
  std::vector<std::size_t> commas;
};

Braces find_braces(std::string_view text, std::size_t open) {
  Braces braces;
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '{') {
      ++depth;
    } else if (text[i] == '}' && --depth == 0) {
      braces.close = i;
      return braces;
    } else if (text[i] == ',' && depth == 1) {
      braces.commas.push_back(i);
    }
  }
  return braces;
}

/// Appends every text that `text` stands for when its braces are resolved. False: too many.
bool expand(const std::string& text, std::vector<std::string>& out) {
  std::size_t open = 0;
  for (; open < text.size() && text[open] != '{'; ++open) {
    if (text[open] == '\\') ++open;
  }
  if (open >= text.size()) {
    out.push_back(text);
    return out.size() <= kMostAlternatives;
  }
  const Braces braces = find_braces(text, open);
  std::size_t begin = open + 1;
  std::vector<std::size_t> ends = braces.commas;
  ends.push_back(braces.close);
  for (const std::size_t end : ends) {
    if (!expand(text.substr(0, open) + text.substr(begin, end - begin) + text.substr(braces.close + 1),
                out)) {
      return false;
    }
    begin = end + 1;
  }
  return true;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t slash = text.find('/');
    const std::string_view part = text.substr(0, slash);
    if (!part.empty()) parts.emplace_back(part);
    text.remove_prefix(slash == std::string_view::npos ? text.size() : slash + 1);
  }
  return parts;
}

/// One part of a path against one part of a pattern; `*` is tried from short to long.
bool match_part(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_text = 0;
  while (t < text.size() || p < pattern.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
      continue;
    }
    if (p < pattern.size() && t < text.size()) {
      std::size_t next = p + 1;
      bool same = false;
      if (pattern[p] == '[') {
        next = set_end(pattern, p);
        same = in_set(pattern.substr(p + 1, next - p - 2), text[t]);
      } else if (pattern[p] == '\\') {
        same = pattern[p + 1] == text[t];
        next = p + 2;
      } else {
        same = pattern[p] == '?' || pattern[p] == text[t];
      }
      if (same) {
        p = next;
        ++t;
        continue;
      }
    }
    if (star == std::string_view::npos || star_text >= text.size()) return false;
    p = star + 1;
    t = ++star_text;
  }
  return true;
}

/// All parts of the pattern against the first parts of the path: the rest lies in a matched folder.
bool match_parts(const std::vector<std::string>& pattern, std::size_t p, const std::vector<std::string>& path,
                 std::size_t t) {
  if (p == pattern.size()) return true;
  if (pattern[p] == "**") {
    for (std::size_t skipped = t; skipped <= path.size(); ++skipped) {
      if (match_parts(pattern, p + 1, path, skipped)) return true;
    }
    return false;
  }
  return t < path.size() && match_part(pattern[p], path[t]) && match_parts(pattern, p + 1, path, t + 1);
}

Result<void> check(std::string_view text) {
  if (text.empty()) return bad(text, 0, "it is empty");
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && ++i == text.size()) return bad(text, i - 1, "nothing follows the backslash");
    if (text[i] == '[') {
      const std::size_t end = set_end(text, i);
      if (end == std::string_view::npos) return bad(text, i, "the set [ is not closed with ]");
      i = end - 1;
    } else if (text[i] == '{' && find_braces(text, i).close == std::string_view::npos) {
      return bad(text, i, "the alternatives { are not closed with }");
    }
  }
  return {};
}

}  // namespace

Result<Glob> Glob::parse(std::string_view text) {
  if (auto checked = check(text); !checked) return fail(checked);
  std::vector<std::string> alternatives;
  if (!expand(std::string(text), alternatives))
    return bad(text, 0, "it stands for more than 1000 alternatives");
  Glob glob;
  for (const std::string& alternative : alternatives) glob.patterns_.push_back(split(alternative));
  return glob;
}

bool Glob::matches(std::string_view path) const {
  const std::vector<std::string> parts = split(path);
  for (const Pattern& pattern : patterns_) {
    if (!pattern.empty() && match_parts(pattern, 0, parts, 0)) return true;
  }
  return false;
}

}  // namespace wws::router
