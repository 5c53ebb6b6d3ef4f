#include "scaffold/new_project.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <span>
#include <system_error>
#include <utility>

#include "scaffold/templates.h"
#include "scaffold/types.h"

namespace wws::scaffold {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestName = 40;
constexpr std::string_view kPackageFile = "package.json";

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || is_capital(c); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string replace(std::string_view text, std::string_view placeholder, std::string_view value) {
  std::string result;
  while (true) {
    const std::size_t at = text.find(placeholder);
    result += text.substr(0, at);
    if (at == std::string_view::npos) return result;
    result += value;
    text.remove_prefix(at + placeholder.size());
  }
}

Result<void> write_file(const fs::path& path, std::string_view content) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) return fail(ErrorCode::kIo, fmt::format("{}: {}", path.parent_path().string(), error.message()));
  std::ofstream file(path, std::ios::binary);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file) return fail(ErrorCode::kIo, fmt::format("{}: cannot be written", path.string()));
  return {};
}

}  // namespace

std::string with_name(std::string_view text, std::string_view name) {
  std::string crate(name);
  std::ranges::replace(crate, '-', '_');
  std::string package(name);
  std::ranges::transform(package, package.begin(),
                         [](char c) { return is_capital(c) ? static_cast<char>(c - 'A' + 'a') : c; });
  return replace(replace(replace(text, "@NAME@", name), "@CRATE@", crate), "@PACKAGE@", package);
}

Result<void> check_name(std::string_view name) {
  const bool is_good =
      !name.empty() && name.size() <= kLongestName && is_letter(name.front()) &&
      std::ranges::all_of(name, [](char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_'; });
  if (is_good) return {};
  return fail(
      ErrorCode::kBadUsage,
      fmt::format("\"{}\" cannot be the name of a project: take letters, digits, - and _, beginning with a "
                  "letter, {} at most",
                  name, kLongestName));
}

Result<std::vector<std::string>> make_project(const fs::path& parent, std::string_view name,
                                              const Language& language, PackageFile package) {
  if (auto good = check_name(name); !good) return fail(good);
  const fs::path folder = parent / name;
  std::error_code error;
  if (fs::exists(fs::symlink_status(folder, error))) {
    return fail(ErrorCode::kBadUsage,
                fmt::format("{} is there already; take another name, or remove it", folder.string()));
  }
  std::vector<std::string> files;
  const auto write = [&](std::string relative, std::string_view content) -> Result<void> {
    if (auto written = write_file(folder / relative, content); !written) {
      fs::remove_all(folder, error);
      return written;
    }
    files.push_back(std::move(relative));
    return {};
  };
  for (const TemplateFile& file : template_files()) {
    if (file.language != language.id) continue;
    if (file.name == kPackageFile && package == PackageFile::kNone) continue;
    if (auto written = write(with_name(file.name, name), with_name(file.content, name)); !written)
      return fail(written);
  }
  if (!is_script(language)) return files;
  const TypedWorker worker{with_name(language.worker, name), {}, {}, false};
  if (auto written = write(std::string(kTypesFile), types_of(std::span(&worker, 1))); !written)
    return fail(written);
  return files;
}

}  // namespace wws::scaffold
