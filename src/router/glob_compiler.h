// From the text of a glob to its steps. Private to this folder.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "router/glob.h"

namespace wws::router {

/// Reads a glob from left to right and writes its steps as it goes. For one run. A repetition is read once
/// for each copy of its steps, so its text is walked again; sizes and depths have limits.
class GlobCompiler {
 public:
  explicit GlobCompiler(std::string_view text) : text_(text) {}

  /// kBadUsage: not a glob.
  [[nodiscard]] Result<Glob> run();

 private:
  // Each false: error_ is set.
  bool sequence(std::size_t depth);
  bool item(std::size_t depth);
  bool tree();
  bool character_set();
  bool alternatives(std::size_t depth);
  bool repetition(std::size_t depth);
  bool bounds(std::size_t& least, std::optional<std::size_t>& most);
  bool number(std::optional<std::size_t>& value);
  bool flags();
  bool literal();
  bool set_character(char32_t& character);

  bool bad(std::size_t at, std::string_view what);
  bool emit(GlobStep step);
  bool emit(GlobCharacters characters) {
    return emit({GlobStep::Kind::kCharacter, std::move(characters), here() + 1, 0});
  }
  bool any(const GlobCharacters& characters);

  [[nodiscard]] std::size_t here() const noexcept { return glob_.steps_.size(); }
  [[nodiscard]] bool at_end() const noexcept { return at_ == text_.size(); }
  [[nodiscard]] bool at_end_of_sequence() const noexcept;
  [[nodiscard]] bool sees(std::string_view text) const noexcept {
    return text_.substr(at_).starts_with(text);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t sequence_began_ = 0;  ///< where the one that is being read did
  bool either_case_ = false;
  Glob glob_;
  std::optional<Error> error_;
};

}  // namespace wws::router
