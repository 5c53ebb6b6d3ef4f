#include "base/log.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/explanation.h"

namespace wws::cli {
namespace {

int complain_of(const Error& error) {
  complain("wws: " + error.message);
  return base::exit_code(error.code);
}

}  // namespace

int run_explain(const ExplainOptions& options) {
  config::Diagnostics diagnostics;
  // The environment's values are of no concern: only names are told.
  const auto project = runtime::load_project(
      {options.path, options.prefix, options.ignore, options.config},
      [](const std::string&) { return std::string(); }, diagnostics);
  if (!project) return complain_of(project.error());
  for (const config::Diagnostic& diagnostic : diagnostics.list()) {
    if (diagnostic.severity == config::Severity::kError)
      complain(log::escaped(config::to_string(diagnostic)));
  }
  if (diagnostics.has_errors()) return base::exit_code(ErrorCode::kBadConfig);
  const auto explanation = explain(*project, options.method, options.url);
  if (!explanation) return complain_of(explanation.error());
  if (options.format == ExplainOptions::Format::kJson) {
    say(to_json(*explanation, *project));
  } else {
    for (const std::string& line : to_lines(*explanation, *project)) say(line);
  }
  return explanation->by == Explanation::By::kNobody ? 1 : 0;
}

}  // namespace wws::cli
