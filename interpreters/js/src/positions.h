// Places in scripts that were made of other files.
#pragma once

#include <string_view>

namespace wws::js {

/// While it lives, what is compiled has the places of the file that it was made of: stacks, and errors of
/// syntax. Instances nest: the inner one counts.
class Positions {
 public:
  /// `rows` as in docs/formats/user-files.md; empty: places stay as they are. They are there as long as this.
  explicit Positions(std::string_view rows) noexcept;
  ~Positions();
  Positions(const Positions&) = delete;
  Positions& operator=(const Positions&) = delete;

 private:
  const Positions* before_;
  std::string_view rows_;

  void use() const noexcept;
  void map(int* line, int* column) const noexcept;
};

}  // namespace wws::js
