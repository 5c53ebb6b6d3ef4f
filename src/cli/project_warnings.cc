#include "cli/project_warnings.h"

#include <filesystem>
#include <system_error>

namespace wws::cli {

void warn_of_nothing_to_serve(const runtime::Project& project, config::Diagnostics& diagnostics) {
  std::error_code none;
  const std::filesystem::path files = project.files.base / project.files.folder;
  if (!project.routes.routes().empty() || std::filesystem::is_directory(files, none)) return;
  diagnostics.add({config::Severity::kWarning, ".", 0, 0,
                   "no worker (a .wasm file) and no folder public/ here: every answer is 404"});
}

}  // namespace wws::cli
