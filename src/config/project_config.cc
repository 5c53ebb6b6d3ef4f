#include "config/project_config.h"

#include <fmt/format.h>

#include <utility>

#include "config/limits_table.h"
#include "config/toml_table.h"
#include "config/url_form.h"

namespace wws::config {
namespace {

void read_memory_reset(const toml::table& table, MemoryReset& reset, Reporter& reporter) {
  const auto text = read_string(table, "memory_reset", reporter);
  if (!text) return;
  if (*text == "auto") {
    reset = MemoryReset::kAuto;
  } else if (*text == "scan") {
    reset = MemoryReset::kScan;
  } else if (*text == "madvise") {
    reset = MemoryReset::kMadvise;
  } else {
    reporter.error(
        table.get("memory_reset")->source(),
        fmt::format("\"memory_reset\" is \"auto\", \"scan\" or \"madvise\", and not \"{}\"", *text));
  }
}

PublicConfig read_public(const toml::table& table, Reporter& reporter) {
  PublicConfig config;
  const toml::table* files = read_table(table, "public", reporter);
  if (files == nullptr) return config;
  warn_of_unknown_keys(*files, {"folder"}, reporter);
  auto folder = read_string(*files, "folder", reporter);
  if (!folder) return config;
  if (folder->empty() || folder->find('\0') != std::string::npos) {
    reporter.error(files->get("folder")->source(), "\"folder\" is the path of a folder, and not empty");
    return config;
  }
  return {std::move(*folder), true};
}

}  // namespace

ProjectConfig parse_project_config(std::string_view text, const std::string& file, Diagnostics& diagnostics) {
  ProjectConfig config;
  Reporter reporter(file, diagnostics);
  const auto table = parse_toml(text, reporter);
  if (!table) return config;
  // `version` and `repositories` belong to the original's runtimes.
  warn_of_unknown_keys(*table, {"url_form", "limits", "memory_reset", "public", "version", "repositories"},
                       reporter);
  if (const auto form = read_url_form(*table, reporter)) config.url_form = *form;
  read_memory_reset(*table, config.memory_reset, reporter);
  config.limits = read_limits(*table, config.limits, reporter);
  config.files = read_public(*table, reporter);
  return config;
}

}  // namespace wws::config
