#include "runtime/script_words.h"

#include <algorithm>

namespace wws::runtime {
namespace {

constexpr std::string_view kSpace = " \t\r\n\v\f";

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// Words after which `/` begins a regular expression, as it does after most punctuation.
constexpr std::array<std::string_view, 14> kBeforeExpression = {
    "return", "typeof", "case", "in",    "of",    "delete", "void",
    "throw",  "new",    "else", "await", "yield", "do",     "instanceof"};
/// What is in brackets behind these is no operand.
constexpr std::array<std::string_view, 4> kWithCondition = {"if", "while", "for", "with"};

template <typename List>
bool contains(const List& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

}  // namespace

bool ScriptWords::next() {
  while (skip_space_and_comments()) {
  }
  if (at_ >= script_.size()) return false;
  const char c = peek();
  if (is_name_character(c)) return name();
  if (c == '"' || c == '\'') return text(c);
  if (c == '`') {
    ++at_;
    return rest_of_template();
  }
  return other();
}

/// What it passes over is no word; false: there is nothing to pass over.
bool ScriptWords::skip_space_and_comments() {
  const std::size_t begin = at_;
  while (at_ < script_.size() && kSpace.find(peek()) != std::string_view::npos) ++at_;
  if (peek() == '/' && peek(1) == '/') {
    at_ = std::min(script_.find('\n', at_), script_.size());
  } else if (peek() == '/' && peek(1) == '*') {
    const std::size_t end = script_.find("*/", at_ + 2);
    at_ = end == std::string_view::npos ? script_.size() : end + 2;
  } else if (peek() == '#' && peek(1) == '!' && at_ == 0) {
    at_ = std::min(script_.find('\n'), script_.size());
  } else if (peek() == '/' && expression_may_begin()) {
    regular_expression();
    ends_operand_ = true;
  }
  return at_ != begin;
}

bool ScriptWords::name() {
  const std::size_t begin = at_;
  while (at_ < script_.size() && is_name_character(script_[at_])) ++at_;
  ends_operand_ = ends_condition_ = false;
  return push(Kind::kName, script_.substr(begin, at_ - begin));
}

/// It ends with its line at the latest.
bool ScriptWords::text(char quote) {
  const std::size_t begin = ++at_;
  while (at_ < script_.size() && script_[at_] != quote && script_[at_] != '\n')
    at_ += script_[at_] == '\\' ? 2 : 1;
  at_ = std::min(at_, script_.size());
  push(Kind::kText, script_.substr(begin, at_ - begin));
  if (at_ < script_.size()) ++at_;
  ends_operand_ = ends_condition_ = false;
  return true;
}

/// Up to its end, or to a `${`, whose `}` leads back here.
bool ScriptWords::rest_of_template() {
  const std::size_t begin = at_;
  ends_operand_ = ends_condition_ = false;
  while (at_ < script_.size()) {
    if (script_[at_] == '\\') {
      at_ += 2;
    } else if (script_[at_] == '`') {
      ++at_;
      ends_operand_ = true;
      return push(Kind::kOther, "`");
    } else if (script_[at_] == '$' && peek(1) == '{') {
      at_ += 2;
      brackets_.push_back(Bracket::kTemplate);
      return push(Kind::kOther, "$");
    } else {
      ++at_;
    }
  }
  at_ = script_.size();
  return begin < at_ && push(Kind::kOther, "`");
}

bool ScriptWords::other() {
  const char c = script_[at_++];
  const std::string_view text = script_.substr(at_ - 1, 1);
  // `++` behind an operand ends one too.
  const bool doubles = (c == '+' || c == '-') && at_ >= 2 && script_[at_ - 2] == c && at(0).text == text;
  const Word before = at(1);
  ends_operand_ = doubles && (before.kind == Kind::kName || before.text == ")" || before.text == "]");
  ends_condition_ = false;
  if (c == '(') {
    brackets_.push_back(contains(kWithCondition, at(0).text) ? Bracket::kCondition : Bracket::kOther);
  } else if (c == '{' || c == '[') {
    brackets_.push_back(Bracket::kOther);
  } else if ((c == ')' || c == '}' || c == ']') && !brackets_.empty()) {
    const Bracket opened = brackets_.back();
    brackets_.pop_back();
    if (c == '}' && opened == Bracket::kTemplate) return rest_of_template();
    ends_condition_ = c == ')' && opened == Bracket::kCondition;
  }
  return push(Kind::kOther, text);
}

bool ScriptWords::expression_may_begin() const {
  if (ends_operand_) return false;
  if (ends_condition_) return true;
  const Word& before = at(0);
  if (before.kind == Kind::kText) return false;
  if (before.kind == Kind::kName) return contains(kBeforeExpression, before.text) && at(1).text != ".";
  return before.text != ")" && before.text != "]";
}

/// It ends with its line at the latest.
void ScriptWords::regular_expression() {
  bool is_class = false;
  for (++at_; at_ < script_.size() && script_[at_] != '\n'; ++at_) {
    const char c = script_[at_];
    if (c == '\\') ++at_;
    if (c == '[') is_class = true;
    if (c == ']') is_class = false;
    if (c == '/' && !is_class) {
      ++at_;
      break;
    }
  }
  at_ = std::min(at_, script_.size());
}

}  // namespace wws::runtime
