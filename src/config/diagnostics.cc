#include "config/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>

namespace wws::config {

std::string to_string(const Diagnostic& diagnostic) {
  std::string place = diagnostic.file;
  if (diagnostic.line > 0) place += fmt::format(":{}", diagnostic.line);
  if (diagnostic.line > 0 && diagnostic.column > 0) place += fmt::format(":{}", diagnostic.column);
  const char* severity = diagnostic.severity == Severity::kError ? "error" : "warning";
  return fmt::format("{}: {}: {}", place, severity, diagnostic.message);
}

bool Diagnostics::has_errors() const noexcept {
  return std::any_of(list_.begin(), list_.end(),
                     [](const Diagnostic& diagnostic) { return diagnostic.severity == Severity::kError; });
}

}  // namespace wws::config
