#include "config/project_config.h"

#include "config/toml_table.h"
#include "config/url_form.h"

namespace wws::config {

ProjectConfig parse_project_config(std::string_view text, const std::string& file, Diagnostics& diagnostics) {
  ProjectConfig config;
  Reporter reporter(file, diagnostics);
  const auto table = parse_toml(text, reporter);
  if (!table) return config;
  // `version` and `repositories` belong to the original's runtimes.
  warn_of_unknown_keys(*table, {"url_form", "version", "repositories"}, reporter);
  if (const auto form = read_url_form(*table, reporter)) config.url_form = *form;
  return config;
}

}  // namespace wws::config
