#include "router/glob_compiler.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "base/log.h"
#include "base/utf8.h"

namespace wws::router {
namespace {

/// Repetitions multiply: a glob with more steps than this is a mistake.
constexpr std::size_t kMostSteps = 10'000;
constexpr std::size_t kDeepestBraces = 8;
/// They have a meaning, or are kept for one: as themselves they follow a backslash.
constexpr std::string_view kSpecial = "?*$:<>()[]{},\\";

const GlobCharacters kInPart = {{}, true, false, false};
const GlobCharacters kAnything = {{}, true, true, false};
const GlobCharacters kSlash = {{}, false, true, false};

}  // namespace

Result<Glob> GlobCompiler::run() {
  if (!base::is_utf8(text_)) {
    bad(0, "it is not UTF-8");
  } else if (sequence(0)) {
    if (!at_end())
      bad(at_, fmt::format("nothing is open that {} could close or divide; write \\{} for itself", text_[at_],
                           text_[at_]));
    emit(GlobStep{GlobStep::Kind::kEnd, {}, 0, 0});
  }
  if (error_) return std::unexpected(std::move(*error_));
  glob_.text_ = text_;
  return std::move(glob_);
}

bool GlobCompiler::bad(std::size_t at, std::string_view what) {
  if (!error_) {
    error_ = Error{ErrorCode::kBadUsage,
                   fmt::format("glob \"{}\", character {}: {}", log::escaped(text_), at + 1, what),
                   {}};
  }
  return false;
}

bool GlobCompiler::emit(GlobStep step) {
  if (here() == kMostSteps) return bad(at_, "its repetitions and alternatives make it too large");
  glob_.steps_.push_back(std::move(step));
  return true;
}

/// Any number of these characters.
bool GlobCompiler::any(const GlobCharacters& characters) {
  const std::size_t begin = here();
  return emit(GlobStep{GlobStep::Kind::kFork, {}, begin + 1, begin + 2}) &&
         emit(GlobStep{GlobStep::Kind::kCharacter, characters, begin, 0});
}

bool GlobCompiler::at_end_of_sequence() const noexcept {
  return at_end() || std::string_view(",}>:").find(text_[at_]) != std::string_view::npos;
}

bool GlobCompiler::sequence(std::size_t depth) {
  if (depth > kDeepestBraces) return bad(at_, "its braces are too deep");
  const std::size_t outer = std::exchange(sequence_began_, at_);
  while (!at_end_of_sequence()) {
    if (!item(depth)) return false;
  }
  sequence_began_ = outer;
  return true;
}

bool GlobCompiler::item(std::size_t depth) {
  if (sees("/**") || sees("**")) return tree();
  switch (text_[at_]) {
    case '/':
      if (sees("//")) return bad(at_ + 1, "a second slash");
      ++at_;
      return emit(kSlash);
    case '?':
      ++at_;
      return emit(kInPart);
    case '*':
    case '$':  // as *, but short where that is long: the same for who only asks whether it matches
      ++at_;
      return any(kInPart);
    case '[':
      return character_set();
    case '{':
      return alternatives(depth);
    case '<':
      return repetition(depth);
    case '(':
      return flags();
    default:
      return literal();
  }
}

/// `**`, with the slashes at its sides: they stand for what is there, or for nothing where no parts are.
bool GlobCompiler::tree() {
  const std::size_t begin = at_;
  const bool has_slash_before = text_[at_] == '/';
  if (!has_slash_before && at_ != sequence_began_) return bad(at_, "** stands between slashes, or for all");
  at_ += has_slash_before ? 3 : 2;
  const bool has_slash_behind = !at_end() && text_[at_] == '/';
  if (!has_slash_behind && !at_end_of_sequence()) return bad(begin, "** stands between slashes, or for all");
  if (has_slash_behind) ++at_;
  if (sees("**") || (has_slash_behind && sees("/"))) return bad(at_, "this follows ** too closely");
  if (!has_slash_before && !has_slash_behind) return any(kAnything);
  const auto fork_over = [&](std::size_t steps) {
    return emit(GlobStep{GlobStep::Kind::kFork, {}, here() + 1, here() + 1 + steps});
  };
  if (!has_slash_behind) return fork_over(3) && emit(kSlash) && any(kAnything);  // (/.*)?
  if (has_slash_before && !emit(kSlash)) return false;
  return fork_over(4) && emit(kAnything) && any(kAnything) && emit(kSlash);  // (.+/)?
}

bool GlobCompiler::literal() {
  const std::size_t begin = at_;
  if (text_[at_] == '\\') {
    if (++at_ == text_.size()) return bad(begin, "nothing follows the backslash");
    if (text_[at_] == '/') return bad(at_, "a slash divides parts, also behind a backslash");
  } else if (kSpecial.find(text_[at_]) != std::string_view::npos) {
    return bad(at_, fmt::format("{} alone; write \\{} for the character itself", text_[at_], text_[at_]));
  }
  std::string_view rest = text_.substr(at_);
  const char32_t character = base::take_character(rest);
  if (either_case_ && character >= 0x80)
    return bad(begin, "(?i) is for letters of ASCII; put (?-i) before this one");
  at_ = text_.size() - rest.size();
  return emit(GlobCharacters{{{character, character}}, false, false, either_case_});
}

bool GlobCompiler::set_character(char32_t& character) {
  if (sees("\\")) ++at_;
  if (at_end()) return false;
  std::string_view rest = text_.substr(at_);
  character = base::take_character(rest);
  at_ = text_.size() - rest.size();
  return true;
}

bool GlobCompiler::character_set() {
  const std::size_t open = at_++;
  GlobCharacters set;
  set.either_case = either_case_;
  if (sees("!")) {
    set.others = true;
    ++at_;
  }
  const auto not_closed = [&] { return bad(open, "the set [ is not closed with ]"); };
  do {  // a ] that comes first is an ordinary character
    char32_t first = 0;
    if (!set_character(first)) return not_closed();
    char32_t last = first;
    if (sees("-") && !sees("-]")) {
      ++at_;
      if (!set_character(last)) return not_closed();
      if (last < first) return bad(open, "the set has a range that ends before it begins");
    }
    set.ranges.emplace_back(first, last);
  } while (!at_end() && !sees("]"));
  if (at_end()) return not_closed();
  ++at_;
  return emit(std::move(set));
}

bool GlobCompiler::alternatives(std::size_t depth) {
  const std::size_t open = at_;
  std::vector<std::size_t> ends;
  do {
    ++at_;  // the brace or the comma
    const std::size_t fork = here();
    if (!emit(GlobStep{GlobStep::Kind::kFork, {}, fork + 1, 0}) || !sequence(depth + 1)) return false;
    ends.push_back(here());
    if (!emit(GlobStep{GlobStep::Kind::kFork, {}, 0, 0})) return false;  // goes to the end, twice
    glob_.steps_[fork].other = here();
  } while (sees(","));
  if (!sees("}")) return bad(open, "the alternatives { are not closed with }");
  ++at_;
  // Behind the last alternative there is no other.
  const std::size_t nowhere = here();
  if (!emit(GlobCharacters{})) return false;
  glob_.steps_[nowhere].next = nowhere;
  for (const std::size_t end : ends) glob_.steps_[end].next = glob_.steps_[end].other = here();
  return true;
}

bool GlobCompiler::repetition(std::size_t depth) {
  const std::size_t open = at_++;
  const std::size_t inner = at_;
  const std::size_t steps = here();
  const bool either_case = either_case_;
  // Once for its end, which tells how often it is wanted.
  if (!sequence(depth + 1)) return false;
  std::size_t least = 0;
  std::optional<std::size_t> most;
  if (at_ == inner) return bad(open, "the repetition < is of nothing");
  if (!bounds(least, most)) return false;
  if (!sees(">")) return bad(open, "the repetition < is not closed with >");
  const std::size_t behind = at_ + 1;
  if (most && (*most < least || *most == 0)) return bad(open, "the repetition ends before it begins");
  glob_.steps_.resize(steps);
  const auto copy = [&] {
    at_ = inner;
    either_case_ = either_case;
    return sequence(depth + 1);
  };
  for (std::size_t i = 0; i < least; ++i) {
    if (!copy()) return false;
  }
  std::vector<std::size_t> forks;  // each leaves for the end
  for (std::size_t i = least; i < most.value_or(least + 1); ++i) {
    forks.push_back(here());
    if (!emit(GlobStep{GlobStep::Kind::kFork, {}, here() + 1, 0}) || !copy()) return false;
  }
  if (!most && !emit(GlobStep{GlobStep::Kind::kFork, {}, forks.back(), forks.back()})) return false;
  for (const std::size_t fork : forks) glob_.steps_[fork].other = here();
  at_ = behind;
  return true;
}

/// ":LEAST,MOST", ":TIMES", ":LEAST,", or nothing for any number.
bool GlobCompiler::bounds(std::size_t& least, std::optional<std::size_t>& most) {
  if (!sees(":")) return true;
  ++at_;
  std::optional<std::size_t> first;
  if (!number(first)) return false;
  least = first.value_or(0);
  if (sees(",")) {
    ++at_;
    return number(most);
  }
  most = first;
  return true;
}

bool GlobCompiler::number(std::optional<std::size_t>& value) {
  for (; !at_end() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
    value = value.value_or(0) * 10 + static_cast<std::size_t>(text_[at_] - '0');
    if (*value > kMostSteps) return bad(at_, "the repetition is of too many");
  }
  return true;
}

bool GlobCompiler::flags() {
  if (sees("(?i)")) {
    either_case_ = true;
    at_ += 4;
  } else if (sees("(?-i)")) {
    either_case_ = false;
    at_ += 5;
  } else {
    return bad(at_, "in parentheses there are (?i) and (?-i) only; write \\( for the character itself");
  }
  // A flag is no text: what follows it may still be the first of its sequence.
  if (sequence_began_ + (either_case_ ? 4 : 5) == at_) sequence_began_ = at_;
  return true;
}

}  // namespace wws::router
