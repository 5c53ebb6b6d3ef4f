// Problems found in files a user wrote: collected, many a run, each with its place.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace wws::config {

enum class Severity { kWarning, kError };

/// One problem. `line` and `column` count from 1; 0 means "the whole file".
struct Diagnostic {
  Severity severity = Severity::kError;
  std::string file;  ///< as the user knows it: relative to the project's folder
  std::size_t line = 0;
  std::size_t column = 0;
  std::string message;  ///< what is wrong and what to do, one line
};

/// "file:line:column: error: message", without the parts that are not known.
[[nodiscard]] std::string to_string(const Diagnostic& diagnostic);

/// A list of problems in the order found. Not thread-safe.
class Diagnostics {
 public:
  void add(Diagnostic diagnostic) { list_.push_back(std::move(diagnostic)); }
  [[nodiscard]] const std::vector<Diagnostic>& list() const noexcept { return list_; }
  [[nodiscard]] bool has_errors() const noexcept;
  [[nodiscard]] bool empty() const noexcept { return list_.empty(); }

 private:
  std::vector<Diagnostic> list_;
};

}  // namespace wws::config
