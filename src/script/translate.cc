#include "script/translate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <memory>

#include "script/border.h"

namespace wws::script {
namespace {

constexpr std::array<std::string_view, 4> kEndings = {".ts", ".mts", ".tsx", ".jsx"};
constexpr std::array<std::string_view, 2> kDeclarations = {".d.ts", ".d.mts"};

/// One mistake often makes a parser find many.
constexpr std::size_t kMostToldProblems = 5;

bool ends_with_one_of(std::string_view file, const auto& endings) noexcept {
  return std::ranges::any_of(endings, [&](std::string_view ending) { return file.ends_with(ending); });
}

}  // namespace

bool is_translated(std::string_view file) noexcept {
  return ends_with_one_of(file, kEndings) && !is_declaration(file);
}

bool is_declaration(std::string_view file) noexcept { return ends_with_one_of(file, kDeclarations); }

bool may_have_jsx(std::string_view file) noexcept { return file.ends_with(".tsx") || file.ends_with(".jsx"); }

std::string_view version() noexcept { return view(wwst_version()); }

std::unexpected<Error> fail_with(wwst_problems* problems, std::string_view file) {
  const std::unique_ptr<wwst_problems, DeleteBy<wwst_problems_delete>> owned(problems);
  const std::size_t count = wwst_problems_count(problems);
  std::string message;
  for (std::size_t i = 0; i < std::min(count, kMostToldProblems); ++i) {
    fmt::format_to(std::back_inserter(message), "{}SyntaxError: {} at {}:{}:{}", i == 0 ? "" : "; ",
                   view(wwst_problem_text(problems, i)), file, wwst_problem_line(problems, i),
                   wwst_problem_column(problems, i));
  }
  if (count > kMostToldProblems) {
    fmt::format_to(std::back_inserter(message), "; and {} more", count - kMostToldProblems);
  }
  return fail(ErrorCode::kBadModule, std::move(message));
}

Result<Translated> translate(const Settings& settings, std::string_view file, std::string_view source) {
  wwst_script* raw = nullptr;
  if (auto* problems = wwst_translate(&settings.get(), text(file), text(source), &raw))
    return fail_with(problems, file);
  const std::unique_ptr<wwst_script, DeleteBy<wwst_script_delete>> script(raw);
  return Translated{std::string(view(wwst_script_code(raw))), std::string(view(wwst_script_positions(raw)))};
}

}  // namespace wws::script
