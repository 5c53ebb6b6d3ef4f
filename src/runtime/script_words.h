// The words of a script in JavaScript.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

namespace wws::runtime {

/// Goes through a script word by word and remembers the last ones. Comments and regular expressions are no
/// words; a template is one, and so is what each of its `${}` holds. Where a `/` is one of division and where
/// it begins a regular expression is told by the words before, which is right but for oddities. Linear.
/// `script` outlives it. One thread.
class ScriptWords {
 public:
  enum class Kind { kNone, kName, kText, kOther };
  struct Word {
    Kind kind = Kind::kNone;
    std::string_view text;  ///< of a text what is between its quotes; of other things one character
  };

  explicit ScriptWords(std::string_view script) : script_(script) {}

  /// Goes on to the next word; false: there is none.
  bool next();
  /// The word `back` words ago, at most kRemembered - 1; 0: the last one. Before the first all are empty.
  [[nodiscard]] const Word& at(std::size_t back) const { return last_[(count_ - back) % kRemembered]; }
  /// How many brackets of all kinds are open; one that was just opened counts, one that was just closed does
  /// not.
  [[nodiscard]] std::size_t depth() const noexcept { return brackets_.size(); }

  static constexpr std::size_t kRemembered = 16;

 private:
  enum class Bracket : char { kOther, kCondition, kTemplate };

  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < script_.size() ? script_[at_ + ahead] : '\0';
  }
  bool push(Kind kind, std::string_view text) {
    last_[++count_ % kRemembered] = {kind, text};
    return true;
  }
  bool skip_space_and_comments();
  bool name();
  bool text(char quote);
  bool rest_of_template();
  void regular_expression();
  bool other();
  [[nodiscard]] bool expression_may_begin() const;

  std::string_view script_;
  std::size_t at_ = 0;
  std::array<Word, kRemembered> last_{};
  std::size_t count_ = kRemembered;
  std::vector<Bracket> brackets_;  ///< that are open
  bool ends_operand_ = false;      ///< the last word ends one, by more than itself
  bool ends_condition_ = false;    ///< the last word is the `)` of an `if`, `while`, `for` or `with`
};

}  // namespace wws::runtime
