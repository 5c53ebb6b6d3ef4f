#include "runtime/script_imports.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace wws::runtime {
namespace {

constexpr std::string_view kAllSpace = " \t\r\n\v\f";

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// Words after which `/` begins a regular expression, as it does after most punctuation.
constexpr std::array<std::string_view, 14> kBeforeExpression = {
    "return", "typeof", "case", "in",    "of",    "delete", "void",
    "throw",  "new",    "else", "await", "yield", "do",     "instanceof"};

class Scan {
 public:
  explicit Scan(std::string_view script) : script_(script) {}

  std::vector<std::string> run() {
    while (at_ < script_.size()) step();
    return std::move(names_);
  }

 private:
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < script_.size() ? script_[at_ + ahead] : '\0';
  }

  void step() {
    const char c = peek();
    if (kAllSpace.find(c) != std::string_view::npos) {
      ++at_;
    } else if (c == '/' && peek(1) == '/') {
      at_ = std::min(script_.find('\n', at_), script_.size());
    } else if (c == '/' && peek(1) == '*') {
      const std::size_t end = script_.find("*/", at_ + 2);
      at_ = end == std::string_view::npos ? script_.size() : end + 2;
    } else if (c == '"' || c == '\'') {
      text(c);
    } else if (c == '`') {
      ++at_;
      rest_of_template();
    } else if (c == '/' && expression_may_begin()) {
      regular_expression();
    } else if (is_word(c)) {
      word();
    } else {
      punctuation(c);
    }
  }

  void punctuation(char c) {
    ++at_;
    if (c == '{') ++braces_;
    if (c == '}' && braces_ > 0) --braces_;
    if (c == '}' && !templates_.empty() && templates_.back() == braces_) {
      templates_.pop_back();
      rest_of_template();
      return;
    }
    previous_ = script_.substr(at_ - 1, 1);
    if (c != '(' || !is_import_) is_import_ = false;
  }

  void word() {
    const std::size_t begin = at_;
    while (at_ < script_.size() && is_word(script_[at_])) ++at_;
    const bool is_member = previous_ == ".";
    previous_ = script_.substr(begin, at_ - begin);
    is_import_ = !is_member && (previous_ == "import" || previous_ == "from");
  }

  /// One that stands behind `import`, `from` or `import(` is a name.
  void text(char quote) {
    const std::size_t begin = ++at_;
    while (at_ < script_.size() && script_[at_] != quote && script_[at_] != '\n') {
      at_ += script_[at_] == '\\' ? 2 : 1;
    }
    at_ = std::min(at_, script_.size());
    if (is_import_) names_.emplace_back(script_.substr(begin, at_ - begin));
    is_import_ = false;
    if (at_ < script_.size()) ++at_;
    previous_ = ")";  // what follows is no regular expression
  }

  /// Up to its end, or to a `${`, whose `}` leads back here.
  void rest_of_template() {
    is_import_ = false;
    while (at_ < script_.size()) {
      if (script_[at_] == '\\') {
        at_ += 2;
      } else if (script_[at_] == '`') {
        ++at_;
        previous_ = ")";
        return;
      } else if (script_[at_] == '$' && peek(1) == '{') {
        at_ += 2;
        templates_.push_back(braces_++);
        previous_ = "{";
        return;
      } else {
        ++at_;
      }
    }
  }

  [[nodiscard]] bool expression_may_begin() const {
    if (previous_.empty()) return true;
    if (is_word(previous_.front()))
      return std::ranges::find(kBeforeExpression, previous_) != kBeforeExpression.end();
    return previous_ != ")" && previous_ != "]" && previous_ != "}";
  }

  /// It ends with its line at the latest.
  void regular_expression() {
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
    is_import_ = false;
    previous_ = ")";
  }

  std::string_view script_;
  std::size_t at_ = 0;
  std::size_t braces_ = 0;
  std::vector<std::size_t> templates_;  ///< how many braces were open at the `${` of those that are open
  std::string_view previous_;           ///< word or character
  bool is_import_ = false;              ///< a text that follows is a name
  std::vector<std::string> names_;
};

}  // namespace

std::vector<std::string> imported_names(std::string_view script) { return Scan(script).run(); }

}  // namespace wws::runtime
