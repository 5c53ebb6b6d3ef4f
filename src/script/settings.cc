#include "script/settings.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <vector>

#include "script/border.h"

namespace wws::script {
namespace {

/// Longer chains are loops.
constexpr std::size_t kMostConfigs = 16;

/// Where `name` is, as it stands in `config`. TypeScript takes it without its ending too. std::nullopt: a
/// package's.
std::optional<std::string> extended_file(const std::string& config, std::string_view name) {
  if (!name.starts_with("./") && !name.starts_with("../")) return std::nullopt;
  const auto folder = std::filesystem::path(config).parent_path();
  std::string path = (folder / name).lexically_normal().string();
  if (!path.ends_with(".json")) path += ".json";
  return path;
}

}  // namespace

void Settings::Delete::operator()(wwst_settings* settings) const noexcept { wwst_settings_delete(settings); }

Settings::Settings() : settings_(wwst_settings_new()) {}

Result<Settings> Settings::read(const std::string& config, const FindFile& find) {
  Settings settings;
  std::vector<std::string> waiting{config};
  for (std::size_t count = 0; !waiting.empty() && count < kMostConfigs; ++count) {
    const std::string path = std::move(waiting.back());
    waiting.pop_back();
    const std::string_view* content = find(path);
    if (content == nullptr) continue;
    wwst_names* raw = nullptr;
    if (auto* problems = wwst_settings_add(settings.settings_.get(), text(*content), &raw))
      return fail_with(problems, path);
    const std::unique_ptr<wwst_names, DeleteBy<wwst_names_delete>> names(raw);
    // The first of them is to be taken next.
    for (std::size_t i = wwst_names_count(raw); i-- > 0;) {
      if (auto extended = extended_file(path, view(wwst_name(raw, i))))
        waiting.push_back(std::move(*extended));
    }
  }
  return settings;
}

}  // namespace wws::script
